/** A second signal means now, unless it is the first one's echo: npm passes on what the terminal has sent to us already. */
const echoMs = 500
/** A closed terminal may say so several times: it never means now. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

type Process = Pick<NodeJS.Process, 'on'>

/**
 * Calls `stop` on the first signal that asks to end, and `now` when a person asks once more. A closed terminal (SIGHUP)
 * ends the service in its order, as SIGTERM and Ctrl-C do.
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
