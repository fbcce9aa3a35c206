#!/bin/sh
# Run once by PostgreSQL's image, as its superuser over the socket: the service gets a database that belongs to a user of its
# own, who may do nothing else. The superuser gets no password, so nobody is one over the network.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --set=password="$DATABASE_PASSWORD" --dbname=postgres <<'SQL'
create role tocsin login password :'password';
create database tocsin owner tocsin encoding 'UTF8' template template0;
alter role current_user password null;
SQL
