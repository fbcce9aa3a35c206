import pg from 'pg'
import { Semaphore } from '../../push/send/semaphore.ts'
import { DatabaseBusy } from '../sql.ts'
import { StorageFault, type StorageFaultKind } from '../storage-fault.ts'
import { columnTypes } from './connection/column-types.ts'
import { DatabaseHosts } from './connection/database-hosts.ts'
import { oneWrite } from './connection/one-write.ts'
import { SessionClient } from './connection/session-client.ts'
import {
  asStorageFault,
  ConnectionLost,
  isConflict,
  isDeadConnection,
  isKnownFault,
  sqlStateOf,
} from './postgres-fault.ts'
import { TimeLimit } from './time-limit.ts'

/** What can be bound to a statement. An array is bound as an array of the database, a Uint8Array as `bytea`. */
export type PostgresValue = string | number | boolean | null | Uint8Array | readonly PostgresValue[]

/** A row as the driver gives it: `int8` as number, `timestamptz` as RFC 3339 in UTC, `json` parsed, `bytea` as bytes. */
export type PostgresRow = Record<string, unknown>

/**
 * The statements of one transaction. They are sent without waiting for those before them, so that several cost one round
 * trip; the server runs them in order.
 */
export interface PostgresStatements {
  /** Runs one statement and resolves with its rows. */
  all<Row extends object = PostgresRow>(statement: string, ...values: readonly PostgresValue[]): Promise<readonly Row[]>
  /** Runs one statement and resolves with the number of rows that it read or wrote. */
  run(statement: string, ...values: readonly PostgresValue[]): Promise<number>
  /** Sends a last statement whose result nobody needs, with the commit behind it. When it fails, the transaction fails. */
  send(statement: string, ...values: readonly PostgresValue[]): void
}

export type TransactionOptions = {
  /**
   * Running it twice has the effect of running it once, such as an append with its idempotency key. Then it is also
   * repeated when the connection was lost during the commit, where nobody knows whether it was committed.
   */
  readonly isIdempotent?: boolean
  /** In milliseconds, for all of it: waiting for a connection, and every attempt. */
  readonly limitMs?: number
}

export type PostgresOptions = {
  /**
   * `postgres://user:password@host:port/database`, with the parameters that `pg` knows. Of several hosts (`one:5432,two:5432`)
   * the first that can be reached and is no standby is used.
   */
  readonly url: string
  /** Shown in `pg_stat_activity`: names the node. At most 63 bytes are kept by the server. */
  readonly applicationName: string
  readonly connectionsMax?: number
  /** How long an operation may take in all, in milliseconds. */
  readonly limitMs?: number
  /** Is called with the error of a connection that ended while nobody used it. */
  readonly report?: (error: unknown, doing: string) => void
  /** Is called with every fault of the database that an operation rejects with; `busy`: something that writes was refused. */
  readonly onFault?: (kind: StorageFaultKind | 'busy') => void
}

const connectionsMaxUsual = 10
const limitMsUsual = 2_500
const connectMsMax = 2_000
const idleMsMax = 30_000
const lifetimeSecondsMax = 30 * 60
const keepAliveMs = 10_000
const attemptsMax = 3
const retryMs = 50
/** A lock is waited for less long than the whole may take, so that the reason is known: another transaction, not the network. */
const lockShare = 0.7

type Attempt = { state: 'open' | 'committing' }

/**
 * A PostgreSQL database behind a pool of connections. It keeps no state in a session (no `set`, no prepared statements, no
 * session locks), so that PgBouncer may stand between in transaction mode.
 *
 * Throws StorageFault or DatabaseBusy within the limit when the database is away, slow, full or a standby; the connection
 * is then closed and not used again. Other errors of a statement are thrown as they are.
 */
export class PostgresDatabase {
  readonly #pool: pg.Pool
  readonly #slots: Semaphore
  /** How long an operation may take in all, in milliseconds. */
  readonly limitMs: number
  readonly #hosts: DatabaseHosts
  readonly #onFault: (kind: StorageFaultKind | 'busy') => void
  /** Connections that lead to a primary, with the generation in which that was found. */
  readonly #checked = new WeakMap<pg.PoolClient, number>()
  /** Goes up when a server turned out to be no primary: connections of older generations are closed. */
  #generation = 0

  constructor({
    url,
    applicationName,
    connectionsMax = connectionsMaxUsual,
    limitMs,
    report,
    onFault,
  }: PostgresOptions) {
    this.#onFault = onFault ?? (() => {})
    this.limitMs = limitMs ?? limitMsUsual
    this.#slots = new Semaphore(() => connectionsMax)
    const hosts = new DatabaseHosts(url)
    this.#hosts = hosts
    /** A host that does not answer leaves time for the others. */
    const connectMs = Math.ceil(connectMsMax / hosts.urls.length)
    class Client extends SessionClient {
      constructor(config?: pg.ClientConfig) {
        super({ ...config, connectionString: hosts.url })
      }
    }
    this.#pool = new pg.Pool({
      ...{ Client, application_name: applicationName, max: connectionsMax, types: columnTypes, pipeline: true },
      ...{ keepAlive: true, keepAliveInitialDelayMillis: keepAliveMs, connectionTimeoutMillis: connectMs },
      ...{ idleTimeoutMillis: idleMsMax, maxLifetimeSeconds: lifetimeSecondsMax },
    })
    this.#pool.on('error', (error) => report?.(error, 'keeping a connection to the database'))
    // Without a listener, an error of a connection that is in use would end the process; its statements reject with it.
    this.#pool.on('connect', (client) => void client.on('error', () => {}))
  }

  /** Runs one statement that only reads, and resolves with its rows. It is repeated when its connection is lost. */
  async all<Row extends object = PostgresRow>(
    statement: string,
    ...values: readonly PostgresValue[]
  ): Promise<readonly Row[]> {
    return this.#repeating(
      'read',
      {},
      async (client) => (await client.query<Row & PostgresRow>(statement, [...values])).rows,
    )
  }

  /** Runs one statement that writes, as a transaction of its own, and resolves with the rows that it returns. */
  async once<Row extends object = PostgresRow>(
    statement: string,
    ...values: readonly PostgresValue[]
  ): Promise<readonly Row[]> {
    return this.#repeating('store', {}, async (client, attempt) => {
      attempt.state = 'committing'
      return (await client.query<Row & PostgresRow>(statement, [...values])).rows
    })
  }

  /**
   * Runs `act` in a transaction (read committed); durable when it resolves. `act` may be run again after a deadlock or a
   * lost connection, so it must change nothing outside the database. What it throws is thrown, and nothing is changed.
   */
  async transaction<Result>(
    act: (statements: PostgresStatements) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    const limitMs = options.limitMs ?? this.limitMs
    return this.#repeating('store', options, (client, attempt) => inTransaction(client, limitMs, attempt, act))
  }

  /** Ends when every connection is closed. Operations that run are finished before. */
  async close(): Promise<void> {
    await this.#pool.end()
  }

  /** Runs `act` on a connection, and again on another one where that is safe, within one limit of time. */
  async #repeating<Result>(
    kind: 'store' | 'read',
    { isIdempotent = false, limitMs = this.limitMs }: TransactionOptions,
    act: (client: pg.PoolClient, attempt: Attempt) => Promise<Result>,
  ): Promise<Result> {
    const limit = new TimeLimit(limitMs)
    try {
      if (!(await this.#slots.acquire(false, limitMs))) throw new DatabaseBusy()
      try {
        for (let number = 1; ; number += 1) {
          const attempt: Attempt = { state: 'open' }
          try {
            return await this.#leasing(limit, (client) => act(client, attempt))
          } catch (error) {
            const isSafe = attempt.state === 'open' || isIdempotent
            const isWorthIt = isConflict(error) || (isSafe && isDeadConnection(error))
            if (!isWorthIt || number >= attemptsMax + this.#hosts.urls.length - 1 || limit.isOver) throw error
            await limit.race(new Promise((resolve) => setTimeout(resolve, retryMs * number)))
          }
        }
      } finally {
        this.#slots.release()
      }
    } catch (error) {
      const fault = asStorageFault(error, kind)
      if (fault instanceof StorageFault) this.#onFault(fault.kind)
      else if (fault instanceof DatabaseBusy && kind === 'store') this.#onFault('busy')
      throw fault
    } finally {
      limit.end()
    }
  }

  async #leasing<Result>(limit: TimeLimit, act: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const { url } = this.#hosts
    const client = await this.#connect(limit).catch((error: unknown) => {
      if (isDeadConnection(error)) this.#hosts.leave(url)
      throw error
    })
    // A statement whose answer does not come ends with its connection, and so does all that was sent behind it.
    limit.onOver(() => client.connection.stream.destroy())
    try {
      if (!this.#checked.has(client)) await this.#check(client)
      const result = await act(client)
      client.release()
      return result
    } catch (error) {
      const isDead = limit.isOver || isDeadConnection(error)
      client.release(isDead)
      if (error instanceof ConnectionLost || sqlStateOf(error) === '25006') {
        this.#generation += 1
        this.#hosts.leave(url)
      } else if (limit.isOver) this.#hosts.leave(url)
      throw limit.isOver && isDead ? limit.error : error
    } finally {
      limit.onOver(() => {})
    }
  }

  async #connect(limit: TimeLimit): Promise<pg.PoolClient> {
    for (;;) {
      const connecting = this.#pool.connect()
      const client = await limit.race(connecting).catch((error: unknown) => {
        // It may still come.
        connecting.then((late) => late.release()).catch(() => {})
        throw connectError(error)
      })
      if ((this.#checked.get(client) ?? this.#generation) === this.#generation) return client
      client.release(true)
    }
  }

  /** Refuses a standby: what is written must go to the primary, and what is read must be the newest. */
  async #check(client: pg.PoolClient): Promise<void> {
    const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby')
    if (rows[0]?.standby !== false)
      throw new ConnectionLost('standby', 'The database server is a standby, which can only be read.')
    this.#checked.set(client, this.#generation)
  }
}

async function inTransaction<Result>(
  client: pg.PoolClient,
  limitMs: number,
  attempt: Attempt,
  act: (statements: PostgresStatements) => Promise<Result>,
): Promise<Result> {
  const sent: Promise<pg.QueryResult>[] = []
  const { stream } = client.connection
  const send = (statement: string, values?: readonly PostgresValue[]) => {
    oneWrite(stream)
    const result = client.query(statement, values === undefined ? values : [...values])
    // Awaited later, in order; until then it is not unhandled.
    result.catch(() => {})
    sent.push(result)
    return result
  }
  // A policy would hide rows, as if they were gone: without row_security a statement on such a table fails with 42501 instead.
  // The database's own default may be another isolation, in which transactions at the same time fail.
  // `set local` lasts for the transaction: the server gives up as well when this program does, also when it is frozen.
  send(`begin isolation level read committed; set local row_security = off; set local lock_timeout = ${Math.ceil(limitMs * lockShare)}; set local statement_timeout = ${limitMs};
    set local idle_in_transaction_session_timeout = ${limitMs}`)
  try {
    const result = await act({
      all: async <Row extends object>(statement: string, ...values: readonly PostgresValue[]) =>
        (await send(statement, values)).rows as Row[],
      run: async (statement, ...values) => (await send(statement, values)).rowCount ?? 0,
      send: (statement, ...values) => void send(statement, values),
    })
    attempt.state = 'committing'
    send('commit')
    const [last] = (await Promise.all(sent)).slice(-1)
    if (last?.command !== 'COMMIT') throw new Error('the database rolled the transaction back')
    return result
  } catch (error) {
    const first = await firstFailure(sent)
    if (attempt.state === 'open' && !isDeadConnection(first ?? error)) await client.query('rollback').catch(() => {})
    throw first ?? error
  }
}

/** After a statement has failed, all behind it fail as well: the first tells why. */
async function firstFailure(sent: readonly Promise<unknown>[]): Promise<unknown> {
  const results = await Promise.allSettled(sent)
  return results.find((result) => result.status === 'rejected')?.reason
}

/** Why there is no connection: an error of the server that is known, or that the database cannot be reached. */
function connectError(error: unknown): unknown {
  if (error instanceof ConnectionLost || isKnownFault(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ConnectionLost('unreachable', message, { cause: error })
}
