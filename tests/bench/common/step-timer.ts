import { PerformanceObserver, performance } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

// For `node --import`: how long the steps of the thread with the sockets are, in its own CPU time, so that a busy machine
// does not count. A timer looks every millisecond; what the thread used between two looks is the longest step at least.
// On SIGUSR2 it tells what it found and begins anew. Steps in which V8 collected garbage are told apart.

export type Steps = {
  readonly longestMs: number
  /** Steps longer than 5 ms. */
  readonly long: number
  /** Steps longer than 5 ms in which garbage was collected, and the longest of them. */
  readonly collections: number
  readonly longestCollectionMs: number
  readonly looks: number
}

type Span = { readonly fromMs: number; readonly toMs: number }

const lookMs = 1
const longMicroseconds = 5_000

if (isMainThread) {
  let last = process.threadCpuUsage()
  let lastMs = performance.now()
  let longest = 0
  let looks = 0
  let long: (Span & { readonly used: number })[] = []
  let collected: Span[] = []
  const observer = new PerformanceObserver((list) => take(list.getEntries()))
  const take = (entries: readonly { readonly startTime: number; readonly duration: number }[]) => {
    for (const { startTime, duration } of entries) collected.push({ fromMs: startTime, toMs: startTime + duration })
  }
  observer.observe({ entryTypes: ['gc'] })
  setInterval(() => {
    // Linux brings a running thread's time up to date at its ticks, 4 ms apart, and when the whole process is asked for.
    process.cpuUsage()
    const now = process.threadCpuUsage()
    const used = now.user + now.system - last.user - last.system
    const nowMs = performance.now()
    looks += 1
    if (used > longMicroseconds) long.push({ fromMs: lastMs, toMs: nowMs, used })
    else longest = Math.max(longest, used)
    last = now
    lastMs = nowMs
  }, lookMs).unref()
  process.on('SIGUSR2', () => {
    take(observer.takeRecords())
    const withCollection = long.filter(({ fromMs, toMs }) =>
      collected.some((span) => span.toMs > fromMs && span.fromMs < toMs),
    )
    const without = long.filter((step) => !withCollection.includes(step))
    const longestOf = (steps: typeof long) => Math.max(0, ...steps.map(({ used }) => used)) / 1_000
    const steps: Steps = {
      longestMs: Math.max(longest / 1_000, longestOf(without)),
      long: without.length,
      collections: withCollection.length,
      longestCollectionMs: longestOf(withCollection),
      looks,
    }
    process.stderr.write(`steps ${JSON.stringify(steps)}\n`)
    longest = 0
    looks = 0
    long = []
    collected = []
  })
}
