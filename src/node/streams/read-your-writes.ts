import { Problem } from '../../domain/problem.ts'
import type { AlertLog, Bounds, Cursor, Seq } from '../../log/log.ts'
import type { LogWakeUps } from '../cluster/log-wake-ups.ts'

const waitMsMax = 2_000

type Deps = {
  readonly hub: { readonly bounds: Bounds }
  readonly log: Pick<AlertLog, 'bounds'>
  readonly wakeUps: Pick<LogWakeUps, 'wake'>
  readonly waitMsMax?: number
}

/**
 * Makes a reader whose cursor comes from another process wait until the hub of this process has reached it. Without
 * this, a reader who changes processes within milliseconds of an append would get an error: their cursor would be ahead of the
 * log.
 */
export class ReadYourWrites {
  readonly #deps: Deps
  readonly #waiting = new Set<() => void>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Whether there is nothing to wait for. */
  reached(after: Cursor | 'now' | undefined): boolean {
    return after === undefined || after === 'now' || this.#has(after.seq) || after.epoch !== this.#deps.hub.bounds.epoch
  }

  /**
   * Resolves when the hub has reached the cursor. Resolves too when the cursor is ahead of the log: the hub then
   * refuses it. Throws a Problem (503 with Retry-After) when the hub does not reach it in time, or the log does not answer.
   */
  async waitUntilReached(after: Cursor | 'now' | undefined): Promise<void> {
    const { log, wakeUps } = this.#deps
    if (this.reached(after) || after === undefined || after === 'now') return
    const untilMs = performance.now() + (this.#deps.waitMsMax ?? waitMsMax)
    // The log's database may not answer: the reader does not wait longer for that.
    const head = await inTime(
      log.bounds().then((bounds) => bounds.head),
      untilMs,
    )
    if (head !== null && head < after.seq) return
    if (head !== null) {
      const reached = this.#wait(after.seq, untilMs)
      wakeUps.wake()
      if (await reached) return
    }
    throw new Problem(503, 'catching-up', 'This server is still reading up to your cursor. Come back in a moment.', {
      retryAfterSeconds: 1,
    })
  }

  /** Called when the hub's head has moved. */
  moved(): void {
    for (const look of this.#waiting) look()
  }

  #has(seq: Seq): boolean {
    return seq <= this.#deps.hub.bounds.head
  }

  #wait(seq: Seq, untilMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (reached: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(reached)
      }
      const look = () => {
        if (this.#has(seq)) settle(true)
      }
      const timer = setTimeout(() => settle(false), untilMs - performance.now())
      this.#waiting.add(look)
      // The head may have moved while the log's bounds were read.
      look()
    })
  }
}

/** What the promise resolves with; null when it has not by then. Rejects as it does. */
async function inTime<Result>(promise: Promise<Result>, untilMs: number): Promise<Result | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), untilMs - performance.now())
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
