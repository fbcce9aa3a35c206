import type { Hub } from '../../../hub/hub.ts'
import type { LogWakeUps } from '../../cluster/log-wake-ups.ts'
import type { Config } from '../../config.ts'
import type { Logger } from '../../logger.ts'
import type { StorageState } from '../../stores/stores.ts'
import type { Admission } from '../admission.ts'
import { drainHub } from './drain.ts'
import { readyElsewhere } from './ready-elsewhere.ts'

const unreadableMsMax = 1_000
const lookMs = 1_000
/** A proxy without health checks also leads the question to nodes that are not ready, such as this one. */
const questionsAtOnce = 3
/** For so long another node must be ready: after the database was away, some nodes reach it a little sooner than others. */
const readyMsMin = 4_000
/** For so long the last good answer holds. */
const answerMsMax = 6_000
const reason = 'This server cannot read the log now, and another one can. Come back.'

type Deps = {
  readonly storage: Pick<StorageState, 'unreadableMs'>
  readonly hub: Pick<Hub, 'goodbye' | 'closeSome' | 'size'>
  readonly admission: Pick<Admission, 'sendElsewhere'>
  readonly wakeUps: Pick<LogWakeUps, 'wake'>
  readonly drainSeconds: number
  /** Asks for another node that is ready; never rejects. */
  readonly readyElsewhere: () => Promise<boolean>
  /** A clock that only goes on, in milliseconds. */
  readonly clock: () => number
  readonly logger: Pick<Logger, 'warn'>
}

/**
 * Sends the readers of a node that cannot read the log to another one that can: here they would miss what is published
 * meanwhile. When no other node is ready, because the database is away, they stay: nothing is published then, and they need
 * not all come back at once.
 */
export class UnreadableLog {
  readonly #deps: Deps
  #wasUnreadable = false
  /** When another node was first said to be ready, and when last, without a pause between. */
  #ready: { readonly sinceMs: number; readonly atMs: number } | null = null
  #isDraining = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  watch(): void {
    if (this.#ended) return
    this.#timer = setTimeout(() => void this.look().then(() => this.watch()), lookMs)
    this.#timer.unref()
  }

  stop(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { admission, clock, readyElsewhere, wakeUps } = this.#deps
    if (this.#isUnreadable()) {
      this.#wasUnreadable = true
      const answers = await Promise.all(Array.from({ length: questionsAtOnce }, readyElsewhere))
      const atMs = clock()
      if (answers.includes(true)) this.#ready = { sinceMs: this.#ready?.sinceMs ?? atMs, atMs }
      else if (atMs - (this.#ready?.atMs ?? atMs) >= answerMsMax) this.#ready = null
    } else if (this.#wasUnreadable) {
      this.#wasUnreadable = false
      this.#ready = null
      // What was published meanwhile is read at once, and not at the next poll.
      wakeUps.wake()
    }
    const sends = this.#sends()
    admission.sendElsewhere(sends ? reason : null)
    if (sends && !this.#isDraining) void this.#drain()
  }

  #isUnreadable(): boolean {
    return this.#deps.storage.unreadableMs > unreadableMsMax
  }

  #sends(): boolean {
    const ready = this.#ready
    return !this.#ended && this.#isUnreadable() && ready !== null && ready.atMs - ready.sinceMs >= readyMsMin
  }

  async #drain(): Promise<void> {
    const { hub, drainSeconds, logger } = this.#deps
    if (hub.size === 0) return
    this.#isDraining = true
    logger.warn(
      `The log cannot be read here, and another node is ready: the readers here (${hub.size}) are sent there.`,
    )
    await drainHub(hub, drainSeconds, reason, () => this.#sends())
    this.#isDraining = false
  }
}

type Watched = Pick<Deps, 'storage' | 'hub' | 'admission' | 'wakeUps' | 'logger'> & {
  readonly config: Pick<Config, 'publicUrl' | 'drainSeconds'>
}

/** Watches whether the log can be read, where PUBLIC_URL says how another node can be asked. Returns a function that stops that. */
export function watchUnreadableLog({ config: { publicUrl, drainSeconds }, ...deps }: Watched): () => void {
  if (publicUrl === null) return () => {}
  const ask = () => readyElsewhere(publicUrl)
  const watch = new UnreadableLog({ ...deps, drainSeconds, readyElsewhere: ask, clock: () => performance.now() })
  watch.watch()
  return () => watch.stop()
}
