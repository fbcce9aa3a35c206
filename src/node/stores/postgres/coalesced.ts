/**
 * Runs `act` for all who ask at about the same time: one run at a time, and who asks during a run gets the result of the
 * next one. So each result is at least as new as its question. When a run fails, those who wait for the next one fail with
 * it: nobody waits for longer than one run that gets no answer.
 */
export function coalesced<Result>(act: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | null = null
  let next: Promise<Result> | null = null

  function begin(): Promise<Result> {
    next = null
    const run = act().finally(() => {
      if (running === run) running = null
    })
    running = run
    return run
  }

  return () => {
    if (next !== null) return next
    if (running === null) return begin()
    next = running.then(begin, (error: unknown) => {
      next = null
      throw error
    })
    return next
  }
}
