import type { Schema } from '../sql.ts'
import { signedStep } from './entry-signing.ts'
import { logIndexStep } from './log-index.ts'

/** The log's tables. */
export const logSchema: Schema = {
  store: 'log',
  steps: [
    `create table log (one integer primary key check (one = 1), epoch text not null) strict;
     create table entries (
       seq integer primary key,
       at text not null,
       kind text not null,
       alert_id text not null,
       alert text not null,
       key text not null unique,
       intention text not null,
       editor_id text not null
     ) strict;
     create index entries_of_alert on entries (alert_id, seq);
     create table alerts (id text primary key, seq integer not null) strict;
     create index alerts_by_seq on alerts (seq)`,
    logIndexStep,
    signedStep,
  ],
}
