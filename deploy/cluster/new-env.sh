#!/bin/sh
# Makes deploy/cluster/.env for compose.yaml, with new keys and a new password of the database:
#   deploy/cluster/new-env.sh alerts.example mailto:desk@news.example
set -eu
[ $# -eq 2 ] || { echo "Give two things: the name that readers open, and whom push services write to." >&2; exit 2; }
file=$(dirname "$0")/.env
[ ! -e "$file" ] || { echo "$file is there already: other keys would shut out all who have subscribed. Move it away." >&2; exit 1; }
umask 077
vapid=$(npx web-push generate-vapid-keys --json)
value() { printf %s "$vapid" | sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }
cat > "$file" <<END
TOCSIN_HOST=$1
VAPID_SUBJECT=$2
DATABASE_PASSWORD=$(openssl rand -hex 24)
PUSH_SECRET=$(openssl rand -base64 32)
VAPID_PUBLIC_KEY=$(value publicKey)
VAPID_PRIVATE_KEY=$(value privateKey)
END
