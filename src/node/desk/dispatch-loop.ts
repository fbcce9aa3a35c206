import { Problem } from '../../domain/problem.ts'

/** How long at most until due messages are looked for again, in milliseconds: another process may have made one. */
const lookMsMax = 500
/** After a failure, such as of a database that is away. */
const retryMs = 2_000

type Deps = {
  readonly dispatcher: {
    /** Begins what is due; resolves with the time until the next is due, in milliseconds, or null. */
    begin(): Promise<number | null>
    onSettled(act: () => void): void
    stop(): Promise<void>
  }
  /** What it does, as an error is reported. */
  readonly doing: string
  readonly report: (error: unknown, doing: string) => void
}

/** Sends messages as they come due. `stop` ends it, and resolves when no attempt is under way. */
export function keepSending({ dispatcher, doing, report }: Deps): { wake: () => void; stop: () => Promise<void> } {
  let timer: ReturnType<typeof setTimeout> | null = null
  let isStopped = false
  let isWoken = false
  let running: Promise<void> | null = null

  async function look(): Promise<void> {
    isWoken = false
    const waitMs = await dispatcher.begin().then(
      (nextMs) => Math.min(lookMsMax, nextMs ?? lookMsMax),
      (error: unknown) => {
        // The storage reports its own faults.
        if (!(error instanceof Problem)) report(error, doing)
        return retryMs
      },
    )
    running = null
    if (!isStopped) timer = setTimeout(wake, isWoken ? 0 : Math.max(1, waitMs))
  }

  function wake(): void {
    isWoken = true
    if (isStopped || running !== null) return
    if (timer !== null) clearTimeout(timer)
    running = look()
  }

  dispatcher.onSettled(wake)
  wake()
  return {
    wake,
    async stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      await running
      await dispatcher.stop()
    },
  }
}
