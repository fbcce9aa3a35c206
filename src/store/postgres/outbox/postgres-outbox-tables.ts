import type { DeliveryCounts, DeliveryPart } from '../../../push/outbox/delivery.ts'
import { deliveryCountsOf, type RunProgress } from '../../../push/outbox/run-progress.ts'
import type { Schema } from '../../sql.ts'
import { addedTallies, languagesOf, servicesOf, type Tally, timesOf } from './tally.ts'

/**
 * An entry's work is the subscriptions' row ids, cut into lanes when it is opened. A lane's `position` is how far it has been
 * leased in slices, `target` its end: claimers take different lanes, so that they do not wait for each other. Only exceptions
 * have rows of their own: a leased slice, a retry, a subscription that looks gone.
 *
 * What a batch costs under a snapshot that keeps old row versions: one version of a lane, of a slice and of a tally. No index
 * has a column that changes with every batch, and pages have room, so that updates stay in their page (HOT). Results are added
 * up in several tallies an entry, so that settlements do not wait for each other either.
 *
 * Rows name their entry without a foreign key: checking it would lock the entry's row in every transaction.
 *
 * State: `open` (there may be work) → `done` (all of it settled), `stopped` (superseded, or by an editor) or `expired`. In the
 * last two, leased batches may still settle; the rest counts as stopped or as failed.
 */
export const postgresOutboxSchema: Schema = {
  store: 'outbox',
  steps: [
    `create table tocsin.push_log (
       only_row smallint primary key check (only_row = 1),
       epoch text not null,
       opened bigint not null
     );
     create table tocsin.push_entries (
       entry_id bigint generated always as identity primary key,
       seq bigint not null unique,
       alert_id text collate "C" not null,
       rank smallint not null,
       entry text not null,
       state text collate "C" not null check (state in ('open', 'done', 'stopped', 'expired')),
       at timestamptz not null,
       expires_at timestamptz not null,
       due bigint not null,
       alarmed boolean not null default false,
       failure_reported boolean not null default false,
       started_at timestamptz,
       finished_at timestamptz
     ) with (fillfactor = 70);
     create index push_entries_by_alert on tocsin.push_entries (alert_id, seq);
     create index push_entries_open on tocsin.push_entries (rank, seq) where state = 'open';
     create index push_entries_by_time on tocsin.push_entries (at);
     create table tocsin.push_lanes (
       entry_id bigint not null,
       lane integer not null,
       position bigint not null,
       target bigint not null,
       primary key (entry_id, lane)
     ) with (fillfactor = 20);
     create table tocsin.push_slices (
       slice_id bigint generated always as identity primary key,
       entry_id bigint not null,
       low bigint not null,
       high bigint not null,
       owner text collate "C" not null,
       token uuid not null,
       lease_until timestamptz not null
     ) with (fillfactor = 70);
     create index push_slices_by_entry on tocsin.push_slices (entry_id);
     create table tocsin.push_tallies (
       entry_id bigint not null,
       stripe integer not null,
       tally json not null,
       primary key (entry_id, stripe)
     ) with (fillfactor = 20);
     create table tocsin.push_retries (
       entry_id bigint not null,
       row_id bigint not null references tocsin.subscriptions (row_id) on delete cascade,
       not_before timestamptz not null,
       attempts integer not null,
       looked_gone boolean not null,
       sealed bytea,
       owner text collate "C",
       token uuid,
       primary key (entry_id, row_id)
     ) with (fillfactor = 70);
     create index push_retries_by_time on tocsin.push_retries (entry_id, not_before);
     create index push_retries_by_row on tocsin.push_retries (row_id);
     create index push_retries_by_token on tocsin.push_retries (token) where token is not null;
     create table tocsin.push_gone (
       entry_id bigint not null,
       row_id bigint not null references tocsin.subscriptions (row_id) on delete cascade,
       primary key (entry_id, row_id)
     );
     create index push_gone_by_row on tocsin.push_gone (row_id);
     create table tocsin.push_shut_hosts (
       entry_id bigint not null,
       host text collate "C" not null,
       primary key (entry_id, host)
     );
     create table tocsin.push_stops (alert_id text collate "C" primary key, through bigint not null)`,
    // Empty: of a program of the version before, or moved here: such a retry is leased whatever room its service has.
    `alter table tocsin.push_retries add column host text collate "C" not null default '';
     create index push_retries_by_host on tocsin.push_retries (entry_id, host, not_before)`,
    // How many pushes are due in each language. Empty: of a program of the version before.
    `alter table tocsin.push_entries add column due_in json not null default '{}'`,
  ],
}

/** An entry's row without its counts, which are in its tallies. */
export type EntryRow = {
  readonly entry_id: number
  readonly seq: number
  readonly state: RunProgress['state']
  readonly due: number
  /** By language. */
  readonly due_in: Readonly<Record<string, number>>
  readonly alarmed: boolean
  readonly failure_reported: boolean
  readonly started_at: string | null
  readonly finished_at: string | null
}

/** The columns of an `EntryRow`. */
export const entryColumns = 'entry_id, seq, state, due, due_in, alarmed, failure_reported, started_at, finished_at'

/** The counts of an entry's run. */
export function progressOf(row: EntryRow, tally: Tally): RunProgress {
  const { seq, state, due, started_at, finished_at } = row
  const { accepted = 0, gone = 0, failed = 0 } = tally.counts
  return { seq, state, due, accepted, gone, failed, startedMs: msOf(started_at), finishedMs: msOf(finished_at) }
}

/** The deliveries of some entries; several rows each, one for each tally. Sorted by seq. */
export function deliveriesOf(rows: readonly (EntryRow & { readonly tally: Tally })[]): DeliveryPart['counts'] {
  const bySeq = new Map<number, EntryRow & { readonly tally: Tally }>()
  for (const row of rows) {
    const known = bySeq.get(row.seq)
    bySeq.set(row.seq, known === undefined ? row : { ...known, tally: addedTallies([known.tally, row.tally]) })
  }
  return [...bySeq.values()]
    .sort((a, b) => a.seq - b.seq)
    .map((row): DeliveryCounts => {
      const { tally, due_in: due } = row
      const details = { times: timesOf(tally), services: servicesOf(tally), languages: languagesOf(tally, due) }
      return deliveryCountsOf(progressOf(row, tally), details)
    })
}

function msOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time)
}
