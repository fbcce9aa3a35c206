/**
 * Gives what `act` gives, or fails when that takes longer. The signal ends the request that `act` makes; an answer whose
 * body never ends counts too, so `act` reads it.
 */
export function withTimeout<Result>(ms: number, act: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const abort = new AbortController()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      abort.abort()
      reject(new Error(`no answer within ${ms} ms`))
    }, ms)
    act(abort.signal)
      .finally(() => clearTimeout(timer))
      .then(resolve, reject)
  })
}
