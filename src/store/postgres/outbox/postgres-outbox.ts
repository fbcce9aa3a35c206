import type { Authority } from '../../../auth/editor.ts'
import { deskLine } from '../../../desk/audit.ts'
import type { Delivery } from '../../../desk/delivery-schema.ts'
import { holds, type PauseStore } from '../../../desk/pause.ts'
import type { Level } from '../../../domain/alert-types.ts'
import type { Bounds, Entry, Seq } from '../../../log/log.ts'
import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import type { SendingNodes } from '../../../push/outbox/block-homes.ts'
import { type DeliveryPart, deliveryOf } from '../../../push/outbox/delivery.ts'
import type { Batch, DeliveryState, Outcome, PushOutbox, ServiceRoom } from '../../../push/outbox/outbox.ts'
import { reportAlarms } from '../../../push/outbox/run-alarms.ts'
import { sendAct } from '../desk/postgres-audit-table.ts'
import { newestSeqOf } from '../log/postgres-log.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { authorise } from '../postgres-editors.ts'
import { OutboxClaims } from './outbox-claims.ts'
import { openEntry, stopOpen } from './outbox-openings.ts'
import { deleteEntriesAfter, pruneOutbox } from './outbox-pruning.ts'
import { settleOutcomes } from './postgres-outbox-settle.ts'
import { deliveriesOf, type EntryRow, entryColumns } from './postgres-outbox-tables.ts'
import { StoredMatches } from './stored-matches.ts'
import { stripes, type Tally } from './tally.ts'

const insertLog = `insert into tocsin.push_log (only_row, epoch, opened) values (1, $1, $2)
  on conflict (only_row) do nothing`
const lockLog = 'select epoch, opened from tocsin.push_log where only_row = 1 for update'
const selectOpened = 'select opened from tocsin.push_log where only_row = 1'
const updateLog = 'update tocsin.push_log set epoch = $1, opened = $2 where only_row = 1'
const saveStop = `insert into tocsin.push_stops (alert_id, through) values ($1, $2)
  on conflict (alert_id) do update set through = greatest(push_stops.through, excluded.through)`
const selectByAlert = `select ${entryColumns}, coalesce(t.tally, '{"counts":{},"times":{},"tried":{},"gone":{},"failed":{}}') as tally
  from tocsin.push_entries e left join tocsin.push_tallies t using (entry_id) where e.alert_id = $1`
const selectState = 'select state from tocsin.push_entries where seq = $1'

type Deps = {
  readonly database: PostgresDatabase
  readonly addressEncryption: Pick<AddressEncryption, 'decrypt'>
  /** The kill switch, read before each claim. */
  readonly pauses: Pick<PauseStore, 'current'>
  /** This process's clock, in milliseconds since 1970. Leases and retries end by the database's; only differences of this one count. */
  readonly now: () => number
  /** A new UUID. */
  readonly newId: () => string
  /** Owner of the leases: a name for each thread of each process of each node. */
  readonly owner?: string
  /** Raises an alarm, such as that too many subscriptions looked gone and none is deleted. */
  readonly report: (error: unknown, doing: string) => void
  /** The database's time, as an SQL expression that is stable in a statement; only tests give another. */
  readonly databaseNow?: () => string
  /** The nodes that send now; null or absent: not known, so that no subscriptions are claimed before others. */
  readonly nodes?: () => SendingNodes | null
}

/**
 * The outbox in PostgreSQL, in the tables of `postgresOutboxSchema`. Many processes on many machines claim from it at once. Leases end by the database's clock, so that the machines' clocks need not agree.
 */
export class PostgresOutbox implements PushOutbox {
  readonly #deps: Deps
  readonly #databaseNow: () => string
  readonly #matches = new StoredMatches()
  readonly #claims: OutboxClaims
  #stripe = 0

  constructor(deps: Deps) {
    this.#deps = deps
    this.#databaseNow = deps.databaseNow ?? (() => 'statement_timestamp()')
    this.#claims = new OutboxClaims({
      ...deps,
      owner: deps.owner ?? '',
      nodes: deps.nodes ?? (() => null),
      matches: this.#matches,
      databaseNow: this.#databaseNow,
    })
  }

  /** Begins with an existing log: its present entries are not pushed. A second call changes nothing. */
  async begin({ epoch, head }: Pick<Bounds, 'epoch' | 'head'>): Promise<void> {
    await this.#deps.database.once(insertLog, epoch, head)
  }

  async opened({ epoch, head }: Pick<Bounds, 'epoch' | 'head'>): Promise<Seq> {
    return this.#deps.database.transaction(
      async (statements) => {
        statements.send(insertLog, epoch, 0)
        const [log] = await statements.all<{ epoch: string; opened: number }>(lockLog)
        if (log === undefined) throw new Error('the row of the log was neither found nor made')
        if (log.epoch === epoch) return log.opened
        const opened = Math.min(log.opened, head)
        await deleteEntriesAfter(statements, opened)
        statements.send(updateLog, epoch, opened)
        return opened
      },
      { isIdempotent: true },
    )
  }

  async open(entry: Entry): Promise<void> {
    const now = this.#databaseNow()
    await this.#deps.database.transaction(
      async (statements) => {
        await openEntry(statements, entry, this.#matches, now)
        await pruneOutbox(statements, now)
      },
      { isIdempotent: true },
    )
  }

  async stop(alertId: string, through: Seq): Promise<void> {
    await this.#deps.database.transaction((statements) => this.#keepStop(statements, alertId, through), {
      isIdempotent: true,
    })
  }

  /** Stops an alert's pushes up to its newest entry in this database's log. False: no such alert. Throws a Problem (401, 403). */
  async stopNewest(alertId: string, by: Authority): Promise<boolean> {
    return this.#deps.database.transaction(
      async (statements) => {
        const editor = await authorise(statements, by)
        const newest = await newestSeqOf(statements, alertId)
        if (newest === null) return false
        await this.#keepStop(statements, alertId, newest)
        sendAct(statements, deskLine('pushes-stopped', by.at, editor, { through: newest }, alertId))
        return true
      },
      { isIdempotent: true },
    )
  }

  async #keepStop(statements: PostgresStatements, alertId: string, through: Seq): Promise<void> {
    // Stored, because the entry may be in the log and not yet in the outbox.
    statements.send(saveStop, alertId, through)
    await stopOpen(statements, alertId, through, this.#databaseNow())
  }

  async claim(limit: number, lowest: Level = 'routine', rooms: readonly ServiceRoom[] = []): Promise<Batch | null> {
    const claimed = await this.#claims.claim(limit, lowest, rooms)
    return claimed === null ? null : { ...claimed, deliveryState: () => this.#deliveryState(claimed.entry) }
  }

  async settle(batch: Batch, outcomes: readonly Outcome[], underWay: ReadonlySet<string> = new Set()): Promise<void> {
    this.#stripe = (this.#stripe + 1) % stripes
    const times = { nowMs: this.#deps.now(), now: this.#databaseNow() }
    const settlement = { batch, outcomes, underWay, stripe: this.#stripe, ...times }
    // Run again after an unknown commit, it finds no lease, or that of what is under way, and changes nothing.
    const alarms = await this.#deps.database.transaction((statements) => settleOutcomes(statements, settlement), {
      isIdempotent: true,
    })
    reportAlarms(this.#deps.report, alarms)
  }

  async delivery(alertId: string): Promise<readonly Delivery[]> {
    return (await this.part(alertId)).counts.map(deliveryOf)
  }

  /** The deliveries of this outbox, and how far it has opened the log. */
  async part(alertId: string): Promise<DeliveryPart> {
    const [log] = await this.#deps.database.all<{ opened: number }>(selectOpened)
    const rows = await this.#deps.database.all<EntryRow & { readonly tally: Tally }>(selectByAlert, alertId)
    return { opened: log?.opened ?? 0, counts: deliveriesOf(rows) }
  }

  async #deliveryState(entry: Entry): Promise<DeliveryState> {
    const { database, pauses } = this.#deps
    const [[row], pause] = await Promise.all([
      database.all<{ state: string }>(selectState, entry.seq),
      pauses.current(),
    ])
    if (row?.state !== 'open') return 'over'
    return holds(pause, entry) ? 'paused' : 'due'
  }
}
