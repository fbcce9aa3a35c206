import { Problem } from '../../domain/problem.ts'
import { jittered } from '../../log/poll-jitter.ts'
import { StorageFault } from '../../store/storage-fault.ts'

const pollMs = 5_000
/** A database that is held by another session is tried again after this time, and reported only when that lasts. */
const busyWaitMs = 1_000
const busyTimesMax = 10

/** Runs `read` at each wake-up, and about every `pollMs`. Wake-ups during a run lead to one further run. */
export function followLog(
  read: (signal: AbortSignal) => Promise<void>,
  report: (error: unknown, doing: string) => void,
): { readonly wake: () => void; readonly stop: () => Promise<void> } {
  let running: Promise<void> | null = null
  let woken = false
  const stopped = new AbortController()
  const wake = (): void => {
    if (stopped.signal.aborted) return
    woken = true
    running ??= run()
  }
  let busyTimes = 0
  let again: ReturnType<typeof setTimeout> | undefined
  let timer: ReturnType<typeof setTimeout>
  function poll(): void {
    timer = setTimeout(
      () => {
        wake()
        poll()
      },
      jittered(pollMs, Math.random()),
    )
    timer.unref()
  }
  poll()

  async function run(): Promise<void> {
    // `running` must be set before it can be cleared.
    await Promise.resolve()
    while (woken && !stopped.signal.aborted) {
      woken = false
      try {
        await read(stopped.signal)
        busyTimes = 0
      } catch (error) {
        // Another session holds the tables. The work is in the log, and is opened when that has ended.
        busyTimes = isBusy(error) ? busyTimes + 1 : 0
        if (busyTimes === 0 || busyTimes >= busyTimesMax) report(error, 'opening pushes')
        if (busyTimes > 0) again = setTimeout(wake, busyWaitMs)
      }
    }
    // In the same step as the last check of `woken`, so that no wake-up is lost in between.
    running = null
  }

  return {
    wake,
    async stop(): Promise<void> {
      stopped.abort()
      clearTimeout(timer)
      clearTimeout(again)
      await running
    },
  }
}

/** Whether it may pass by itself, such as `database-busy`. The state of the storage tells of its own faults. */
function isBusy(error: unknown): boolean {
  return error instanceof Problem && error.status === 503 && !(error instanceof StorageFault)
}
