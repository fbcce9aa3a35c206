import type { DeliveryCounts } from '../../../push/outbox/delivery.ts'
import type { BucketCount } from '../../../push/outbox/latency-buckets.ts'
import { deliveryCountsOf, type LanguageProgress, type RunProgress } from '../../../push/outbox/run-progress.ts'
import type { Schema, Sql } from '../../sql.ts'

/**
 * An entry's work is a range of subscription row ids: `position` is how far it has been leased in slices, `target` its end.
 * Only exceptions have rows of their own: a leased slice, a retry, a subscription that looks gone.
 *
 * State: `open` (there may be work) → `done` (all of it settled), `stopped` (superseded, or by an editor) or `expired`.
 * In the last two, leased batches may still settle; the rest counts as stopped or as failed.
 */
export const outboxSchema: Schema = {
  store: 'outbox',
  steps: [
    `create table push_log (
       only_row integer primary key check (only_row = 1),
       epoch text not null,
       opened integer not null
     ) strict;
     create table push_entries (
       seq integer primary key,
       alert_id text not null,
       rank integer not null,
       entry text not null,
       state text not null check (state in ('open', 'done', 'stopped', 'expired')),
       at_ms integer not null,
       expires_ms integer not null,
       position integer not null,
       target integer not null,
       due integer not null,
       accepted integer not null default 0,
       gone integer not null default 0,
       failed integer not null default 0,
       alarmed integer not null default 0,
       started_ms integer,
       finished_ms integer
     ) strict;
     create index push_entries_by_alert on push_entries (alert_id, seq);
     create index push_entries_open on push_entries (rank, seq) where state = 'open';
     create table push_slices (
       batch_id text primary key,
       seq integer not null references push_entries (seq) on delete cascade,
       low integer not null,
       high integer not null,
       lease_until_ms integer not null
     ) strict;
     create index push_slices_by_entry on push_slices (seq, lease_until_ms);
     create table push_retries (
       seq integer not null references push_entries (seq) on delete cascade,
       row_id integer not null references subscriptions (row_id) on delete cascade,
       not_before_ms integer not null,
       attempts integer not null,
       looked_gone integer not null,
       sealed blob,
       batch_id text,
       primary key (seq, row_id)
     ) strict;
     create index push_retries_by_time on push_retries (seq, not_before_ms);
     create index push_retries_by_row on push_retries (row_id);
     create index push_retries_by_batch on push_retries (batch_id) where batch_id is not null;
     create table push_gone (
       seq integer not null references push_entries (seq) on delete cascade,
       row_id integer not null references subscriptions (row_id) on delete cascade,
       primary key (seq, row_id)
     ) strict;
     create index push_gone_by_row on push_gone (row_id);
     create table push_times (
       seq integer not null references push_entries (seq) on delete cascade,
       bucket integer not null,
       count integer not null,
       primary key (seq, bucket)
     ) strict`,
    `create table push_stops (alert_id text primary key, through integer not null) strict;
     create index push_retries_unsent on push_retries (seq) where attempts = 0`,
    // Results by push service, so that one whose subscriptions look gone is not hidden among the others.
    `create table push_services (
       seq integer not null references push_entries (seq) on delete cascade,
       host text not null,
       tried integer not null,
       gone integer not null,
       told integer not null default 0,
       primary key (seq, host)
     ) strict`,
    // A delivery that reached nobody raises one alarm; old deliveries are found by their time.
    `alter table push_entries add column failed_told integer not null default 0;
     alter table push_services add column failed integer not null default 0;
     create index push_entries_by_time on push_entries (at_ms)`,
    // The clock when times were last written, to detect that it was set back.
    'create table push_clock (only_row integer primary key check (only_row = 1), seen_ms integer not null) strict',
    // Results by language, and how many pushes wait to be sent to a service again.
    `create table push_languages (
       seq integer not null references push_entries (seq) on delete cascade,
       language text not null,
       due integer not null,
       accepted integer not null default 0,
       gone integer not null default 0,
       failed integer not null default 0,
       primary key (seq, language)
     ) strict;
     alter table push_services add column waiting integer not null default 0;
     insert into push_services (seq, host, tried, gone, waiting)
       select r.seq, s.host, 0, 0, count(*) from push_retries r join subscriptions s on s.row_id = r.row_id
       where true group by r.seq, s.host
       on conflict (seq, host) do update set waiting = excluded.waiting`,
  ],
}

/** An entry's row: its progress. */
export type EntryRow = {
  readonly seq: number
  /** 0 for the most urgent level. */
  readonly rank: number
  readonly entry: string
  readonly state: 'open' | 'done' | 'stopped' | 'expired'
  readonly at_ms: number
  readonly expires_ms: number
  readonly position: number
  readonly target: number
  readonly due: number
  readonly accepted: number
  readonly gone: number
  readonly failed: number
  readonly alarmed: number
  /** Whether the alarm about failed pushes was raised. */
  readonly failure_alarmed: number
  readonly started_ms: number | null
  readonly finished_ms: number | null
}

/** The columns of an `EntryRow`. */
export const entryColumns =
  'seq, rank, entry, state, at_ms, expires_ms, position, target, due, accepted, gone, failed, alarmed, failed_told as failure_alarmed, started_ms, finished_ms'

const selectTimes = 'select bucket, count from push_times where seq = ? order by bucket'
const selectServices = `select host, tried - gone - failed as accepted, gone, failed, waiting
  from push_services where seq = ?`
const selectLanguages = 'select language, due, accepted, gone, failed from push_languages where seq = ?'

type ServiceRow = { host: string; accepted: number; gone: number; failed: number; waiting: number }

/** The row's counts. */
export function progressOf(row: EntryRow): RunProgress {
  const { seq, state, due, accepted, gone, failed, started_ms: startedMs, finished_ms: finishedMs } = row
  return { seq, state, due, accepted, gone, failed, startedMs, finishedMs }
}

/** The counts for editors. */
export function readDeliveryCounts(sql: Sql, row: EntryRow): DeliveryCounts {
  return deliveryCountsOf(progressOf(row), {
    times: sql.all<BucketCount>(selectTimes, row.seq),
    services: sql.all<ServiceRow>(selectServices, row.seq),
    languages: sql.all<LanguageProgress>(selectLanguages, row.seq),
  })
}
