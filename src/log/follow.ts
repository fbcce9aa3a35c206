import type { AlertLog, Entry, Seq } from './log.ts'
import { jittered } from './poll-jitter.ts'

type Deps = {
  readonly log: Pick<AlertLog, 'after' | 'onAppend'>
  /** Takes the entries, in order. What it throws ends `follow`, which rejects with it. */
  readonly deliver: (entry: Entry) => void | Promise<void>
  /** Resolves after this time, or as soon as the signal is aborted; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignalLike) => Promise<void>
  readonly report: (error: unknown, doing: string) => void
  /** A random number from 0 to 1, for jitter. */
  readonly random: () => number
  /** How long to wait for a wake-up before the log is read anyway, in milliseconds; a quarter less or more each time. */
  readonly pollMs?: number
}

/** The part of AbortSignal that is used here. */
type AbortSignalLike = {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void
}

const pageEntriesMax = 256
const pollMsUsual = 5_000
const retryMsMax = 5_000

/**
 * Delivers every entry after `after`, once and in order, until the signal is aborted. It reads the log at each wake-up,
 * and about every `pollMs` without one. A read that fails is repeated with exponential back-off; nothing is skipped.
 */
export async function follow(deps: Deps, after: Seq, signal: AbortSignalLike): Promise<void> {
  const wakeUps = new WakeUp()
  const silence = deps.log.onAppend(() => wakeUps.wake())
  signal.addEventListener('abort', () => wakeUps.wake(), { once: true })
  let seq = after
  let retryMs = 100
  try {
    while (!signal.aborted) {
      // Before the read, so that a wake-up during it is not lost.
      const woken = wakeUps.next()
      const page = await read(deps, seq)
      if (page === null) {
        // A wake-up may say that the log can be read again.
        await Promise.race([woken, deps.sleep(retryMs, signal)])
        retryMs = Math.min(retryMs * 2, retryMsMax)
        continue
      }
      retryMs = 100
      for (const entry of page) {
        await deps.deliver(entry)
        seq = entry.seq
      }
      if (page.length === 0)
        await Promise.race([woken, deps.sleep(jittered(deps.pollMs ?? pollMsUsual, deps.random()), signal)])
    }
  } finally {
    silence()
  }
}

async function read(deps: Deps, seq: Seq): Promise<readonly Entry[] | null> {
  try {
    return await deps.log.after(seq, pageEntriesMax)
  } catch (error) {
    deps.report(error, 'reading on in the log')
    return null
  }
}

/** A wake-up that can be awaited. Wake-ups while nobody waits are lost, so `next` is called before the log is read. */
class WakeUp {
  #wake: () => void = () => {}

  wake(): void {
    this.#wake()
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
