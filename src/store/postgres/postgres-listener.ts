import pg from 'pg'
import { DatabaseHosts } from './connection/database-hosts.ts'
import { TimeLimit } from './time-limit.ts'
import { wakeUpChannel } from './wake-ups.ts'

const connectMsMax = 2_000
/** The first probe of TCP keep-alive, and how often the connection is asked itself: it can be deaf and look alive. */
const keepAliveMs = 10_000
const askEveryMs = 10_000
const answerMsMax = 5_000
/** How long a notification may take at the start, and how often it is tried: a busy machine is not a pooler. */
const heardMsMax = 2_000
const proofsMax = 3
const againMsMin = 100
const againMsMax = 5_000

const askChannels = 'select array(select pg_listening_channels()) as channels, pg_is_in_recovery() as standby'

/** Notifications do not come through the connection that listens. */
export class NotHeard extends Error {
  constructor(options: { readonly cause?: unknown } = {}) {
    super('notifications (LISTEN, NOTIFY) do not arrive through this connection', options)
    this.name = 'NotHeard'
  }
}

type Deps = {
  /**
   * The address of the database itself: a pooler in transaction mode drops what a session listens to. Of several hosts the
   * first that can be reached and is no standby is used.
   */
  readonly url: string
  readonly applicationName: string
  /** Called once when the connection is lost, with why, and with null when it is there again. */
  readonly changed: (why: string | null) => void
  /** A random number from 0 to 1, for jitter. */
  readonly random?: () => number
  readonly askEveryMs?: number
  readonly answerMsMax?: number
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
  #retryMs = againMsMin
  #why: string | null = null

  constructor(deps: Deps) {
    this.#deps = deps
    this.#hosts = new DatabaseHosts(deps.url)
  }

  /**
   * Connects. `notify` sends a notification over another connection. Rejects with NotHeard when none arrives: the address
   * leads through a pooler in transaction mode, or to another database.
   */
  async start(notify: () => Promise<unknown>): Promise<void> {
    try {
      await this.#connect()
      for (let proof = 1; !(await this.#isHeard(notify)); proof += 1) if (proof === proofsMax) throw new NotHeard()
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

  async #isHeard(notify: () => Promise<unknown>): Promise<boolean> {
    const heard = Promise.withResolvers<void>()
    const silence = this.onWake(heard.resolve)
    const limit = new TimeLimit(heardMsMax)
    try {
      await notify()
      await limit.race(heard.promise)
      return true
    } catch (error) {
      if (error === limit.error) return false
      throw error
    } finally {
      limit.end()
      silence()
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
      await inTime(client, `listen ${wakeUpChannel}`, this.#deps.answerMsMax)
    } catch (error) {
      client.connection.stream.destroy()
      throw error
    }
    if (this.#state === 'closed') return void client.connection.stream.destroy()
    this.#client = client
    this.#retryMs = againMsMin
    const asking = setInterval(() => void this.#ask(client), this.#deps.askEveryMs ?? askEveryMs)
    client.once('end', () => {
      clearInterval(asking)
      this.#lost(why)
    })
    this.#tell(null)
    this.#wake()
  }

  /** Asks on that very connection; one that does not answer is closed, and another is made. */
  async #ask(client: pg.Client): Promise<void> {
    try {
      const { rows } = await inTime(client, askChannels, this.#deps.answerMsMax)
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
    this.#tell(why)
    const waitMs = this.#retryMs * (0.5 + (this.#deps.random ?? Math.random)())
    this.#retryMs = Math.min(againMsMax, this.#retryMs * 2)
    this.#retry = setTimeout(() => {
      this.#connect().catch((error: unknown) => this.#lost(error instanceof Error ? error.message : String(error)))
    }, waitMs)
  }

  #tell(why: string | null): void {
    if ((why === null) !== (this.#why === null)) this.#deps.changed(why)
    this.#why = why
  }

  #wake(): void {
    for (const wake of this.#wakes) wake()
  }
}

async function inTime(client: pg.Client, statement: string, limitMs = answerMsMax): Promise<pg.QueryResult> {
  const limit = new TimeLimit(limitMs)
  const asking = client.query(statement)
  asking.catch(() => {})
  try {
    return await limit.race(asking)
  } finally {
    limit.end()
  }
}
