import { Problem } from '../../domain/problem.ts'

/** How long at most until due items are looked for again, in milliseconds: another process may have stored one. */
const lookMsMax = 500
const lookMsMin = 10
/** What is due and cannot be released now. */
const blockedMs = 250
/** After a failure, such as of a database that is away. */
const retryMs = 2_000

type Deps = {
  readonly items: { release(): Promise<string | null> }
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/**
 * Publishes the desk's held and scheduled items when their time has come. Several processes may do it at once: an item is
 * released in one transaction. Returns a function that ends it, and resolves when no release is under way.
 */
export function releaseOnTime({ items, now, report }: Deps): () => Promise<void> {
  let timer: ReturnType<typeof setTimeout> | null = null
  let isStopped = false
  let running: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    const waitMs = await items
      .release()
      .then((next) => (next === null ? lookMsMax : waitFor(Date.parse(next) - now())))
      .catch((error: unknown) => {
        // The storage reports its own faults; what is refused for a while is tried again.
        if (!(error instanceof Problem)) report(error, "releasing the desk's items")
        return retryMs
      })
    if (!isStopped) timer = setTimeout(begin, waitMs)
  }

  function waitFor(ms: number): number {
    return ms <= 0 ? blockedMs : Math.min(lookMsMax, Math.max(lookMsMin, ms))
  }

  function begin(): void {
    running = look()
  }

  begin()
  return async () => {
    isStopped = true
    if (timer !== null) clearTimeout(timer)
    await running
  }
}
