import type { Pause } from '../../../desk/pause.ts'
import { type Alert, levels } from '../../../domain/alert-types.ts'
import type { Entry, Seq } from '../../../log/log.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { type PauseRow, pauseOf } from '../postgres-pause.ts'
import { wakeUp } from '../wake-ups.ts'
import { hasKnown, type KnownEntry } from './known-entry.ts'
import { type HeadRow, presentIdentity } from './log-head.ts'
import { indexedNames, insertScopes, supersedeScopes } from './postgres-log-index.ts'

// An append's two statements. They are functions of the database, because the head's row is locked meanwhile: a connection
// plans the statements of a function once, and parsing and planning them each time took twice as long as running them. A
// change of one is a new function under a new name, in a new step: nodes of the version before go on calling the old one.

/**
 * `begin_append` locks the head and reads all that the append depends on. Each of its statements sees what was committed
 * before it began, so that those after the lock see the append before this one.
 */
export const appendFunctionsStep = `create function tocsin.begin_append(
    wanted_key text, wanted_alert text,
    out epoch text, out head bigint, out floor bigint, out newest_at timestamptz, out identity text,
    out first_seq bigint, out first_at timestamptz, out first_kind text, out first_alert json, out first_intention text,
    out latest_seq bigint, out latest_alert json, out pause json
  ) language plpgsql as $function$
  begin
    select h.epoch, h.head, h.floor, h.newest_at, h.identity
      into epoch, head, floor, newest_at, identity from tocsin.log_head h for update;
    select e.seq, e.at, e.kind, e.alert, e.intention
      into first_seq, first_at, first_kind, first_alert, first_intention
      from tocsin.entries e where e.key = wanted_key;
    if first_seq is not null then
      return;
    end if;
    select e.seq, e.alert into latest_seq, latest_alert
      from tocsin.entries e where e.alert_id = wanted_alert order by e.seq desc limit 1;
    select row_to_json(p) into pause from tocsin.pauses p order by p.id desc limit 1;
  end
  $function$;
  create function tocsin.finish_append(
    seq bigint, at timestamptz, kind text, alert json, alert_id text, key text, intention text, editor_id text,
    superseded bigint, audience text, languages text[], topics text[], level smallint
  ) returns void language plpgsql as $function$
  begin
    insert into tocsin.entries (seq, at, kind, alert, alert_id, key, intention, editor_id)
      values ($1, $2, $3, $4, $5, $6, $7, $8);
    update tocsin.log_head set head = $1, newest_at = $2;
    if $9 is not null then
      ${supersedeScopes('$9')};
    end if;
    ${insertScopes({ seq: '$1', audience: '$10', languages: '$11', topics: '$12', level: '$13' })};
    perform ${wakeUp('log')};
  end
  $function$`

/**
 * How far the time of a change may be from the database's clock, in milliseconds: a change waits for the appends before it,
 * and the clocks of machines with NTP differ by much less.
 */
export const clockDifferenceMsUsual = 5_000

/**
 * The first call of the function locks the head; the calls after it, and the clock, come when the wait for it is over. Which
 * server answers is asked once for all.
 */
const beginAppends = `select begun.*, begun.identity = (select ${presentIdentity}) and ${hasKnown(3)} as is_same,
    clock_timestamp() as now
  from unnest($1::text[], $2::text[]) with ordinality as wanted (key, alert_id, nth)
  cross join lateral tocsin.begin_append(wanted.key, wanted.alert_id) as begun order by wanted.nth`
const finishAppend = 'select tocsin.finish_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)'

type BegunRow = HeadRow & {
  readonly first_seq: Seq | null
  readonly first_at: string
  readonly first_kind: string
  readonly first_alert: Alert
  readonly first_intention: string
  readonly latest_seq: Seq | null
  readonly latest_alert: Alert
  readonly pause: PauseRow | null
  readonly now: string
}

/** What an append depends on, with the head locked until the end of the transaction. */
export type BegunAppend = {
  /** Null: the log was never opened. */
  readonly head: HeadRow | null
  /** The entry that was appended with the same key. Then the rest is not read. */
  readonly first: (Entry & { readonly intention: string }) | null
  readonly latest: { readonly seq: Seq; readonly alert: Alert } | null
  readonly pause: Pause
  /** The time on the database's clock. RFC 3339, in milliseconds. */
  readonly now: string
}

/** Locks the head, and reads what is stored under each key, each alert's newest entry and the kill switch. */
export async function begunAppends(
  statements: PostgresStatements,
  appends: readonly { readonly key: string; readonly alertId: string }[],
  known: KnownEntry,
): Promise<readonly BegunAppend[]> {
  const wanted = [appends.map(({ key }) => key), appends.map(({ alertId }) => alertId)] as const
  return (await statements.all<BegunRow>(beginAppends, ...wanted, ...known.values)).map(begunOf)
}

function begunOf(row: BegunRow): BegunAppend {
  const { first_seq, first_at, first_kind, first_alert, first_intention, latest_seq, latest_alert, pause, now } = row
  const first = { at: first_at, kind: first_kind as Entry['kind'], alert: first_alert, intention: first_intention }
  return {
    head: row.epoch === null ? null : row,
    first: first_seq === null ? null : { seq: first_seq, ...first },
    latest: latest_seq === null ? null : { seq: latest_seq, alert: latest_alert },
    // As JSON, its time has the form of the server's settings.
    pause: pauseOf(pause === null ? undefined : { ...pause, at: new Date(pause.at).toISOString() }),
    now,
  }
}

/**
 * The time that an entry gets: that of its change, or the database's where they differ by more than `differenceMsMax`. One
 * node's clock that is ahead would otherwise date the later entries of all nodes, because times never go back.
 */
export function timeOf(change: string, now: string, differenceMsMax: number): string {
  return Math.abs(Date.parse(change) - Date.parse(now)) > differenceMsMax ? now : change
}

/** What is stored beside an entry: the editor's key and id, what was asked, and the entry that it supersedes. */
type Stored = {
  readonly key: string
  readonly asked: string
  readonly by: string
  readonly superseded: Seq | null
}

/** Writes the entry, the head and the index, and sends the wake-up with the commit. */
export function sendFinishedAppend(
  statements: PostgresStatements,
  { seq, at, kind, alert }: Entry,
  { key, asked, by, superseded }: Stored,
): void {
  const { languages, topics } = indexedNames(alert)
  const entry = [seq, at, kind, JSON.stringify(alert), alert.id, key, asked, by] as const
  const scopes = [alert.audience, languages, topics, levels.indexOf(alert.level)] as const
  statements.send(finishAppend, ...entry, superseded, ...scopes)
}
