import { holds, type PauseStore } from '../../../desk/pause.ts'
import type { Level } from '../../../domain/alert-types.ts'
import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import type { SendingNodes } from '../../../push/outbox/block-homes.ts'
import type { PushEntry } from '../../../push/outbox/entry-matches.ts'
import { type Batch, type Due, leaseMs, type ServiceRoom, type Unreadable } from '../../../push/outbox/outbox.ts'
import { type OutboxAlarm, reportAlarms, unreadableAlarm } from '../../../push/outbox/run-alarms.ts'
import type { PostgresDatabase } from '../postgres-database.ts'
import type { DueRow } from './due-columns.ts'
import { HomeLanes, type LaneEnd } from './home-lanes.ts'
import { leaseIdOf } from './lease-id.ts'
import { isLost, type Leased, leaseFresh, leaseLost, leaseRetries } from './outbox-leasing.ts'
import { rankOf } from './outbox-openings.ts'
import { concludeRun, expiryAlarms, lockEntry } from './run-conclusion.ts'
import type { StoredMatches } from './stored-matches.ts'

const selectOpen = (now: string) => `select e.entry_id, e.rank, e.expires_at <= ${now} as expired,
    extract(epoch from ${now})::double precision * 1000 as now_ms, e.started_at is not null as started,
    exists (select from tocsin.push_lanes l where l.entry_id = e.entry_id and l.position < l.target) as fresh,
    exists (select from tocsin.push_slices s where s.entry_id = e.entry_id and ${isLost(now)}) as lost,
    (select coalesce(max(interest_id), 0) from tocsin.interests) as newest_interest
  from tocsin.push_entries e where e.state = 'open' and e.rank <= $1 order by e.rank, e.seq`
/** Only where nothing new is left: planning it takes as long as leasing a hundred pushes. */
const selectRest = (now: string) => `select
    exists (select from tocsin.push_slices where entry_id = $1) as leased,
    exists (select from tocsin.push_retries where entry_id = $1) as retries,
    exists (select from tocsin.push_retries where entry_id = $1 and not_before <= ${now}) as retries_due`
const selectEntries = `select e.entry_id, e.entry, coalesce((select json_agg(json_build_array(l.lane, l.target) order by l.lane)
    from tocsin.push_lanes l where l.entry_id = e.entry_id), '[]') as lanes
  from tocsin.push_entries e where e.entry_id = any($1::bigint[])`
const selectEnded = (now: string) => `select s.id::text from tocsin.subscriptions s
  join tocsin.editors e on e.id = s.editor_id
  where s.id = any($1::uuid[]) and (e.revoked_at is not null or e.expires_at <= ${now})`
const none: ReadonlySet<string> = new Set()
const expire = (now: string) =>
  `update tocsin.push_entries set state = 'expired', finished_at = ${now} where entry_id = $1`
const dropRetries = 'delete from tocsin.push_retries where entry_id = $1 and token is null'
// The longest that a retry is put off, with room; a later one is from before the database's clock was set back.
const hastenRetries = (now: string) => `update tocsin.push_retries set not_before = ${now}
  where not_before > ${now} + interval '5 hours'
    or (token is not null and not_before > ${now} + interval '${2 * leaseMs} milliseconds')`
const clockEveryMs = 60_000
/** How many open entries' texts are cached; more than are usually open at once. */
const entriesMax = 64

type OpenRow = {
  readonly entry_id: number
  readonly rank: number
  readonly expired: boolean
  readonly now_ms: number
  readonly started: boolean
  readonly fresh: boolean
  readonly lost: boolean
  readonly newest_interest: number
}
type RestRow = { readonly leased: boolean; readonly retries: boolean; readonly retries_due: boolean }
type Cached = { readonly entry: PushEntry; readonly homeLanes: HomeLanes }
type Open = OpenRow & Cached
type Request = {
  readonly limit: number
  readonly rooms: readonly ServiceRoom[]
  readonly token: string
  readonly leaseUntilMs: number
  readonly clockAheadMs: number
}
type Claimed = Omit<Batch, 'deliveryState'>

type Deps = {
  readonly database: PostgresDatabase
  readonly addressEncryption: Pick<AddressEncryption, 'decrypt'>
  readonly pauses: Pick<PauseStore, 'current'>
  readonly now: () => number
  readonly newId: () => string
  readonly owner: string
  readonly report: (error: unknown, doing: string) => void
  readonly databaseNow: () => string
  readonly matches: StoredMatches
  /** The nodes that send now; null: not known. */
  readonly nodes: () => SendingNodes | null
}

/** Finds the most urgent work and leases a batch of it. */
export class OutboxClaims {
  readonly #deps: Deps
  readonly #entries = new Map<number, Cached>()
  #clockCheckedMs = Number.NEGATIVE_INFINITY

  constructor(deps: Deps) {
    this.#deps = deps
  }

  async claim(limit: number, lowest: Level, rooms: readonly ServiceRoom[]): Promise<Claimed | null> {
    const { database, databaseNow, pauses, now, newId } = this.#deps
    // Before the lease begins, so that it ends here no later than in the database.
    const leaseUntilMs = now() + leaseMs
    await this.#hastenRetries()
    const askedMs = now()
    const [rows, pause] = await Promise.all([
      database.all<OpenRow>(selectOpen(databaseNow()), rankOf(lowest)),
      pauses.current(),
    ])
    const open = await this.#withEntries(rows)
    // The database has read its clock about half-way between the question and its answer.
    const clockAheadMs = (askedMs + now()) / 2 - (rows[0]?.now_ms ?? now())
    const request = { limit, rooms, token: newId(), leaseUntilMs, clockAheadMs }
    const held: Open[] = []
    let rank = 0
    for (const row of open) {
      const isHeld = holds(pause, row.entry)
      if (row.expired) await this.#expire(row, isHeld)
      if (row.expired || isHeld) continue
      // Retries come after new pushes of the same level: a slow service's retries must not delay a newer alert.
      if (row.rank > rank) {
        const leased = await this.#firstRetries(held.splice(0), request)
        if (leased !== null) return leased
        rank = row.rank
      }
      const leased = await this.#slice(row, request)
      if (leased !== null) return this.#batch(row, leased, request)
      held.push(row)
    }
    return this.#firstRetries(held, request)
  }

  async #slice(row: Open, request: Request): Promise<Leased | null> {
    const { database } = this.#deps
    const lost = row.lost ? await leaseLost(database, this.#claimOf(row, request)) : null
    if (lost !== null || !row.fresh) return lost
    return leaseFresh(database, this.#claimOf(row, request), () => row.homeLanes.exhaust())
  }

  async #firstRetries(rows: readonly Open[], request: Request): Promise<Claimed | null> {
    const { database, databaseNow } = this.#deps
    for (const row of rows) {
      const [rest] = await database.all<RestRow>(selectRest(databaseNow()), row.entry_id)
      if (rest === undefined) continue
      const leased = rest.retries_due ? await leaseRetries(database, this.#claimOf(row, request)) : null
      if (leased !== null) return this.#batch(row, leased, request)
      if (!rest.leased && !rest.retries) await this.#conclude(row)
    }
    return null
  }

  /** Finishes a run that nobody else will: its last readers have left, or the last settlements did not see each other. */
  async #conclude({ entry_id }: Open): Promise<void> {
    const { database, databaseNow, report } = this.#deps
    const alarms = await database.transaction(async (statements) => {
      const entry = await lockEntry(statements, entry_id)
      return entry === null ? [] : concludeRun(statements, entry, databaseNow())
    })
    reportAlarms(report, alarms)
  }

  async #expire({ entry_id }: Open, isHeld: boolean): Promise<void> {
    const { database, databaseNow, report } = this.#deps
    const alarms = await database.transaction(async (statements): Promise<readonly OutboxAlarm[]> => {
      const entry = await lockEntry(statements, entry_id)
      if (entry?.state !== 'open') return []
      statements.send(expire(databaseNow()), entry_id)
      statements.send(dropRetries, entry_id)
      // Pushes that the kill switch held until they expired were held on purpose.
      return isHeld ? [] : expiryAlarms(statements, entry)
    })
    reportAlarms(report, alarms)
  }

  #claimOf({ entry_id: entryId, entry, started: isStarted, homeLanes: known }: Open, request: Request) {
    const { databaseNow, matches, owner, nodes } = this.#deps
    const homeLanes = known.of(nodes())
    return {
      ...request,
      entryId,
      owner,
      isStarted,
      homeLanes,
      now: databaseNow(),
      interestIds: [...matches.languagesOf(entry).keys()],
    }
  }

  async #batch(
    { entry, entry_id: entryId }: Open,
    { sliceId, rows }: Leased,
    { token, leaseUntilMs, clockAheadMs }: Request,
  ): Promise<Claimed> {
    const { matches, database, owner, report } = this.#deps
    if (rows.some(({ interest_id }) => interest_id > matches.seenTo)) await matches.refresh(database)
    const languages = matches.languagesOf(entry)
    const unreadable: Unreadable[] = []
    // Between the first attempt and a retry, the reader's interest may have changed: then the push is not due any more.
    const ended = entry.alert.audience === 'test' ? await this.#endedOf(rows) : none
    const wanted = rows.filter(({ interest_id, id }) => languages.has(interest_id) && !ended.has(id))
    const found = await Promise.all(
      wanted.map((row) => this.#due(row, languages.get(row.interest_id) ?? '', unreadable)),
    )
    if (unreadable.length > 0) reportAlarms(report, [unreadableAlarm])
    const due = found.filter((it) => it !== null)
    return { id: leaseIdOf({ owner, entryId, sliceId, token }), entry, due, unreadable, leaseUntilMs, clockAheadMs }
  }

  /** The ids of those whose key has ended: it is sent no test alert more, also before what it leaves is deleted. */
  async #endedOf(rows: readonly DueRow[]): Promise<ReadonlySet<string>> {
    const { database, databaseNow } = this.#deps
    const ids = rows.map(({ id }) => id)
    const ended = await database.all<{ readonly id: string }>(selectEnded(databaseNow()), ids)
    return new Set(ended.map(({ id }) => id))
  }

  /** A row that cannot be decrypted (another secret, a damaged page) is counted and reported; it does not stop the rest. */
  async #due(row: DueRow, language: string, unreadable: Unreadable[]): Promise<Due | null> {
    const interest = this.#deps.matches.interest(row.interest_id)
    try {
      const address = await this.#deps.addressEncryption.decrypt(row.address, row.endpoint_hash)
      if (interest === undefined) return null
      const { id, discreet, vapid_key_id: vapidKeyId, created_at: createdAt } = row
      const subscription = { ...address, id, interest, discreet, vapidKeyId, createdAt }
      const { sealed = null, attempts = 0, looked_gone: lookedGone = false } = row
      return { subscription, language, sealed, attempts, lookedGone }
    } catch {
      unreadable.push({ id: row.id, language })
      return null
    }
  }

  async #withEntries(rows: readonly OpenRow[]): Promise<readonly Open[]> {
    const { database, matches } = this.#deps
    if (rows.some(({ newest_interest }) => newest_interest > matches.seenTo)) await matches.refresh(database)
    const missing = rows.map(({ entry_id }) => entry_id).filter((id) => !this.#entries.has(id))
    if (missing.length > 0) {
      type Row = { readonly entry_id: number; readonly entry: string; readonly lanes: readonly LaneEnd[] }
      for (const { entry_id, entry, lanes } of await database.all<Row>(selectEntries, missing))
        this.#entries.set(entry_id, { entry: JSON.parse(entry) as PushEntry, homeLanes: new HomeLanes(lanes) })
    }
    const open = rows.flatMap((row) => {
      const cached = this.#entries.get(row.entry_id)
      return cached === undefined ? [] : [{ ...row, ...cached }]
    })
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= entriesMax) break
      this.#entries.delete(oldest)
    }
    return open
  }

  /** Retries that a database's clock has put off too far, before it was set back, are due now. */
  async #hastenRetries(): Promise<void> {
    const { database, databaseNow, now } = this.#deps
    const agoMs = now() - this.#clockCheckedMs
    if (agoMs >= 0 && agoMs < clockEveryMs) return
    this.#clockCheckedMs = now()
    await database.once(hastenRetries(databaseNow()))
  }
}
