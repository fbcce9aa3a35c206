import { Worker } from 'node:worker_threads'
import { PushAlarm } from '../push/alarms.ts'
import { endLeases } from '../store/outbox-leases.ts'
import type { Sql } from '../store/sql.ts'
import { makePreparedSlab, PreparedKeys } from './prepared-keys.ts'
import { newOwner } from './push-owner.ts'
import type { FromThread, ThreadOrder, ToThread } from './push-thread.ts'
import type { PushWork, PushWorld, Tally } from './push-work.ts'

const threadFile = new URL('./push-thread.ts', import.meta.url)
const noTally: Tally = { accepted: 0, gone: 0, failed: 0, again: 0 }

/** Longer than any request may take; a thread that is not done then is ended, and its leases with it. */
const stopMostMs = 15_000
/** A thread that lived shorter than this is replaced after a wait, which doubles up to the most. */
const soundLifeMs = 10_000
const replaceFirstMs = 100
const replaceMostMs = 30_000

type PlaceOrder = Omit<ThreadOrder, 'owner' | 'part' | 'parts' | 'prepared'>

type Parts = {
  readonly sql: Sql
  readonly count: number
  /** How many records made ahead there may be, of all threads together. */
  readonly preparedMax: number
  readonly order: PlaceOrder
  readonly world: Pick<PushWorld, 'report' | 'now'>
}

/**
 * Worker threads that push, all from the one outbox. A thread that dies is replaced, and what it had on loan is due
 * again at once. Each paces its services by itself: a service sees at most `count` times the concurrency of one.
 */
export function startPushThreads({ sql, count, preparedMax, order, world }: Parts): PushWork {
  const prepared = makePreparedSlab(preparedMax)
  const shared = new PreparedKeys(prepared)
  const places = Array.from(
    { length: count },
    (_, part) => new Place(sql, { ...order, prepared, part, parts: count }, world, add),
  )
  const tally = { ...noTally }

  function add(before: Tally, after: Tally): void {
    for (const name of ['accepted', 'gone', 'failed', 'again'] as const) tally[name] += after[name] - before[name]
  }

  const ring = (): void => {
    for (const place of places) place.tell('ring')
  }
  for (const place of places) place.start(ring)
  return {
    tally,
    prepared: () => shared.count,
    ring,
    async stop() {
      await Promise.all(places.map((place) => place.stop()))
    },
  }
}

/** A place for one thread after the other. */
class Place {
  readonly #sql: Sql
  readonly #order: Omit<ThreadOrder, 'owner'>
  readonly #world: Pick<PushWorld, 'report' | 'now'>
  readonly #count: (before: Tally, after: Tally) => void
  #worker: Worker | null = null
  #replacing: ReturnType<typeof setTimeout> | undefined
  #waitMs = replaceFirstMs
  #state: 'running' | 'stopping' = 'running'
  #gone: () => void = () => undefined

  constructor(
    sql: Sql,
    order: Omit<ThreadOrder, 'owner'>,
    world: Pick<PushWorld, 'report' | 'now'>,
    count: (before: Tally, after: Tally) => void,
  ) {
    this.#sql = sql
    this.#order = order
    this.#world = world
    this.#count = count
  }

  /** Starts a thread here; `onLost` is called each time one died and its work came back. */
  start(onLost: () => void): void {
    const { now, report } = this.#world
    const owner = newOwner()
    const startedMs = now()
    const worker = new Worker(threadFile, { workerData: { ...this.#order, owner } satisfies ThreadOrder })
    let last = noTally
    this.#worker = worker
    worker.on('message', (word: FromThread) => {
      if (word.kind === 'trouble') return report(troubleOf(word), word.doing)
      this.#count(last, word.tally)
      last = word.tally
    })
    worker.on('error', (trouble) => report(trouble, 'running a push thread'))
    worker.on('exit', (code) => {
      this.#worker = null
      this.#takeBack(owner)
      if (this.#state === 'stopping') return this.#gone()
      report(new Error(`A push thread ended (${code}); another takes its place.`), 'running a push thread')
      if (now() - startedMs >= soundLifeMs) this.#waitMs = replaceFirstMs
      this.#replacing = setTimeout(() => this.start(onLost), this.#waitMs)
      this.#waitMs = Math.min(replaceMostMs, this.#waitMs * 2)
      onLost()
    })
  }

  tell(word: ToThread): void {
    this.#worker?.postMessage(word)
  }

  async stop(): Promise<void> {
    this.#state = 'stopping'
    clearTimeout(this.#replacing)
    const worker = this.#worker
    if (worker === null) return
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve
    })
    worker.postMessage('stop' satisfies ToThread)
    const timer = setTimeout(() => void worker.terminate(), stopMostMs)
    await gone
    clearTimeout(timer)
  }

  /** When this fails, the leases end by themselves. */
  #takeBack(owner: string): void {
    try {
      endLeases(this.#sql, (name) => name === owner)
    } catch (trouble) {
      this.#world.report(trouble, "taking back a thread's work")
    }
  }
}

function troubleOf({ message, stack, alarm }: FromThread & { readonly kind: 'trouble' }): Error {
  const error = alarm === null ? new Error(message) : new PushAlarm(alarm.kind, alarm.host, alarm.detail)
  if (stack !== undefined) error.stack = stack
  return error
}
