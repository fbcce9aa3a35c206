import type { Schema } from '../sql.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import { wakeUp } from './wake-ups.ts'

/**
 * The processes that use this database, each with its last report. Times are the database's, so that the machines' clocks
 * need not agree.
 */
export const postgresProcessSchema: Schema = {
  store: 'processes',
  steps: [
    `create table tocsin.processes (
       process_id text collate "C" primary key,
       reported_at timestamptz not null,
       report json not null
     ) with (fillfactor = 20)`,
  ],
}

/** A process that has not reported for so long is taken to have ended: nobody waits for its answer. */
const silentSecondsMax = 10
/** For so long it counts as one that does not answer: it may hang, and its readers be connected. */
const missingSecondsMax = 60

const upsert = `insert into tocsin.processes (process_id, reported_at, report) values ($1, statement_timestamp(), $2)
  on conflict (process_id) do update set reported_at = excluded.reported_at, report = excluded.report`
const touch = 'update tocsin.processes set reported_at = statement_timestamp() where process_id = $1 returning 1'
const remove = 'delete from tocsin.processes where process_id = $1'
const prune = `delete from tocsin.processes where reported_at < statement_timestamp() - interval '1 hour'`
const ask = `select ${wakeUp('processes')}, statement_timestamp()::text as at`
const selectAnswers = `select report, reported_at >= $2::timestamptz as answered,
  reported_at > statement_timestamp() - interval '${silentSecondsMax} seconds' as alive
  from tocsin.processes where process_id <> $1
  and reported_at > statement_timestamp() - interval '${missingSecondsMax} seconds'`
const answerMsMax = 1_500
const lookMs = 25

const selectOthers = `select report from tocsin.processes where process_id <> $1
  and reported_at > statement_timestamp() - interval '${silentSecondsMax} seconds' order by process_id`

/** The reports of the processes that share a database: what each says of itself, for the others. */
export class PostgresProcesses<Report extends object> {
  readonly #database: Pick<PostgresDatabase, 'all' | 'once'>
  readonly #id: string
  #written = ''

  /** `id`: this process; no other one has ever had it. */
  constructor(database: Pick<PostgresDatabase, 'all' | 'once'>, id: string) {
    this.#database = database
    this.#id = id
  }

  /** Stores this process's report, or only that it is alive when the report is the last one. */
  async report(report: Report): Promise<void> {
    const text = JSON.stringify(report)
    if (text === this.#written && (await this.#database.once(touch, this.#id)).length > 0) return
    await this.#database.once(upsert, this.#id, text)
    this.#written = text
    await this.#database.once(prune)
  }

  /** The last reports of the other processes that are alive. */
  async others(): Promise<readonly Report[]> {
    return (await this.#database.all<{ report: Report }>(selectOthers, this.#id)).map(({ report }) => report)
  }

  /** Asks the other processes for new reports; `silent`: how many gave none in time. */
  async ask(): Promise<{ readonly reports: readonly Report[]; readonly silent: number }> {
    const [asked] = await this.#database.once<{ at: string }>(ask)
    for (let waitedMs = 0; ; waitedMs += lookMs) {
      type Row = { readonly report: Report; readonly answered: boolean; readonly alive: boolean }
      const rows = await this.#database.all<Row>(selectAnswers, this.#id, asked?.at ?? null)
      const reports = rows.filter(({ answered }) => answered).map(({ report }) => report)
      const isOver = rows.every(({ answered, alive }) => answered || !alive) || waitedMs >= answerMsMax
      if (isOver) return { reports, silent: rows.length - reports.length }
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
  }

  /** Takes this process's report away: it ends. */
  async leave(): Promise<void> {
    await this.#database.once(remove, this.#id)
  }
}
