/**
 * A second signal within this time is taken as a copy of the first: npm forwards what the terminal has sent to us
 * already.
 */
const echoMs = 500
/** A closed terminal may send SIGHUP several times, so SIGHUP never means "stop at once". */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

type Process = Pick<NodeJS.Process, 'on'>

/**
 * Calls `end` on each stop signal while the service starts. Gives a function that ends this, for when `onStopSignals` is
 * in force.
 */
export function endWhileStarting(
  end: () => void,
  signals: Pick<NodeJS.EventEmitter, 'on' | 'off'> = process,
): () => void {
  for (const signal of stopSignals) signals.on(signal, end)
  return () => {
    for (const signal of stopSignals) signals.off(signal, end)
  }
}

/**
 * Calls `stop` on the first stop signal, and `now` when a person sends another one. A closed terminal (SIGHUP) stops
 * the service gracefully, as SIGTERM and Ctrl-C do.
 */
export function onStopSignals(
  stop: () => void,
  now: () => void,
  { on, clock }: { readonly on: Process['on']; readonly clock: () => number } = {
    on: process.on.bind(process),
    clock: () => performance.now(),
  },
): void {
  let firstAt: number | null = null
  for (const signal of stopSignals)
    on(signal, () => {
      if (firstAt === null) {
        firstAt = clock()
        stop()
      } else if (signal !== 'SIGHUP' && clock() - firstAt >= echoMs) now()
    })
}
