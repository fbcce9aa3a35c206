import type { Answer } from './desk-api.ts'

/** Whether what the desk shows is current. `ended`: the session is over; `unanswered`: the service does not respond. */
export type Freshness = 'fresh' | 'ended' | 'unanswered'

/** The freshness that follows from several responses of one refresh. */
export function freshnessOf(answers: readonly Answer<unknown>[]): Freshness {
  if (answers.some((answer) => answer.result === 'refused' && answer.problem.status === 401)) return 'ended'
  return answers.some((answer) => answer.result === 'lost') ? 'unanswered' : 'fresh'
}

/** Whether a stream that has stopped did so because the session is over; a stop of our own has no detail. */
export function isSessionOver(detail: unknown): boolean {
  return detail !== null && typeof detail === 'object' && 'status' in detail && detail.status === 401
}
