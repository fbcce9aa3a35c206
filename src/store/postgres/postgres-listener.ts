import pg from 'pg'
import { DatabaseHosts } from './connection/database-hosts.ts'
import { TimeLimit } from './time-limit.ts'
import { wakeUpChannel } from './wake-ups.ts'

const connectMsMax = 2_000
const keepAliveMs = 10_000
/** A connection can be open and bring no notifications, which TCP keep-alive does not notice. */
const healthCheckEveryMs = 10_000
const queryMsMax = 5_000
/** How long a test notification may take at the start, and how many are sent: on a busy machine one may be late. */
const notificationMsMax = 2_000
const testNotificationsMax = 3
const reconnectMsMin = 100
const reconnectMsMax = 5_000

/** The connection is idle between two checks of its health; a database may end what is idle for less long. */
const startListening = `set idle_session_timeout = 0; listen ${wakeUpChannel}`
const selectHealth = 'select array(select pg_listening_channels()) as channels, pg_is_in_recovery() as standby'

/** Notifications do not come through the connection that listens. */
export class NotificationsNotReceived extends Error {
  constructor(options: { readonly cause?: unknown } = {}) {
    super('notifications (LISTEN, NOTIFY) do not arrive through this connection', options)
    this.name = 'NotificationsNotReceived'
  }
}

type Deps = {
  /**
   * The address of the database itself: behind a pooler in transaction mode, LISTEN has no effect. Of several hosts the
   * first that can be reached and is no standby is used.
   */
  readonly url: string
  readonly applicationName: string
  /** Called once when the connection is lost, with why, and with null when it is there again. */
  readonly changed: (why: string | null) => void
  /** A random number from 0 to 1, for jitter. */
  readonly random?: () => number
  readonly healthCheckEveryMs?: number
  readonly queryMsMax?: number
}

/**
 * Wake-ups by LISTEN, over one connection, which is made again whenever it is lost. Each new connection first listens and
 * then wakes, so that what was appended meanwhile is read. A connection that does not answer in time, has forgotten what it
 * listens to, or leads to a standby is closed.
 */
export class PostgresListener {
  readonly #deps: Deps
  readonly #hosts: DatabaseHosts
  readonly #wakes = new Set<() => void>()
  #client: pg.Client | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  #state: 'open' | 'closed' = 'open'
  #retryMs = reconnectMsMin
  #why: string | null = null

  constructor(deps: Deps) {
    this.#deps = deps
    this.#hosts = new DatabaseHosts(deps.url)
  }

  /**
   * Connects. `notify` sends a notification over another connection. Rejects with NotificationsNotReceived when
   * none arrives: the address leads through a pooler in transaction mode, or to another database.
   */
  async start(notify: () => Promise<unknown>): Promise<void> {
    try {
      await this.#connect()
      for (let attempt = 1; !(await this.#receivesNotification(notify)); attempt += 1)
        if (attempt === testNotificationsMax) throw new NotificationsNotReceived()
    } catch (error) {
      this.close()
      throw error
    }
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => void this.#wakes.delete(wake)
  }

  /** Whether it listens now. */
  get isListening(): boolean {
    return this.#client !== null
  }

  close(): void {
    this.#state = 'closed'
    clearTimeout(this.#retry)
    this.#client?.connection.stream.destroy()
    this.#client = null
  }

  async #receivesNotification(notify: () => Promise<unknown>): Promise<boolean> {
    const received = Promise.withResolvers<void>()
    const unsubscribe = this.onWake(received.resolve)
    const limit = new TimeLimit(notificationMsMax)
    try {
      await notify()
      await limit.race(received.promise)
      return true
    } catch (error) {
      if (error === limit.error) return false
      throw error
    } finally {
      limit.end()
      unsubscribe()
    }
  }

  /** Tries each host once. Rejects with the error of the last one. */
  async #connect(): Promise<void> {
    for (let left = this.#hosts.urls.length; ; left -= 1) {
      const { url } = this.#hosts
      try {
        return await this.#connectTo(url)
      } catch (error) {
        this.#hosts.leave(url)
        if (left === 1 || this.#state === 'closed') throw error
      }
    }
  }

  async #connectTo(url: string): Promise<void> {
    const client = new pg.Client({
      ...{ connectionString: url, application_name: this.#deps.applicationName },
      ...{ connectionTimeoutMillis: connectMsMax, keepAlive: true, keepAliveInitialDelayMillis: keepAliveMs },
    })
    let why = 'it was closed'
    // Without a listener, an error would end the process. The end of the connection follows it.
    client.on('error', (error) => {
      why = error.message
    })
    client.on('notification', () => this.#wake())
    await client.connect()
    try {
      await queryWithin(client, startListening, this.#deps.queryMsMax)
    } catch (error) {
      client.connection.stream.destroy()
      throw error
    }
    if (this.#state === 'closed') return void client.connection.stream.destroy()
    this.#client = client
    this.#retryMs = reconnectMsMin
    const healthCheck = setInterval(
      () => void this.#checkHealth(client),
      this.#deps.healthCheckEveryMs ?? healthCheckEveryMs,
    )
    client.once('end', () => {
      clearInterval(healthCheck)
      this.#lost(why)
    })
    this.#report(null)
    this.#wake()
  }

  /** Queries the connection itself. One that does not answer, or no longer listens, is closed, and another is made. */
  async #checkHealth(client: pg.Client): Promise<void> {
    try {
      const { rows } = await queryWithin(client, selectHealth, this.#deps.queryMsMax)
      const [row] = rows as { readonly channels: readonly string[]; readonly standby: boolean }[]
      if (row?.standby === false && row.channels.includes(wakeUpChannel)) return
    } catch {
      // It is closed in any case.
    }
    client.connection.stream.destroy()
  }

  #lost(why: string): void {
    this.#client = null
    if (this.#state === 'closed') return
    this.#report(why)
    const waitMs = this.#retryMs * (0.5 + (this.#deps.random ?? Math.random)())
    this.#retryMs = Math.min(reconnectMsMax, this.#retryMs * 2)
    this.#retry = setTimeout(() => {
      this.#connect().catch((error: unknown) => this.#lost(error instanceof Error ? error.message : String(error)))
    }, waitMs)
  }

  #report(why: string | null): void {
    if ((why === null) !== (this.#why === null)) this.#deps.changed(why)
    this.#why = why
  }

  #wake(): void {
    for (const wake of this.#wakes) wake()
  }
}

async function queryWithin(client: pg.Client, statement: string, limitMs = queryMsMax): Promise<pg.QueryResult> {
  const limit = new TimeLimit(limitMs)
  const query = client.query(statement)
  query.catch(() => {})
  try {
    return await limit.race(query)
  } finally {
    limit.end()
  }
}
