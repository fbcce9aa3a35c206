import type { Answer } from './desk-api.ts'

/** Whether what the desk shows is how things stand: `ended`: the session is over; `unanswered`: no answer comes. */
export type Freshness = 'fresh' | 'ended' | 'unanswered'

/** What several answers of the same moment say together. */
export function freshnessOf(answers: readonly Answer<unknown>[]): Freshness {
  if (answers.some((answer) => answer.result === 'refused' && answer.problem.status === 401)) return 'ended'
  return answers.some((answer) => answer.result === 'lost') ? 'unanswered' : 'fresh'
}

/** Whether a stream that has stopped did so because the session is over; a stop of our own has no detail. */
export function isSessionOver(detail: unknown): boolean {
  return detail !== null && typeof detail === 'object' && 'status' in detail && detail.status === 401
}

/** The sentence before the time since which nothing is known. */
export const staleWords = {
  ended: 'Not signed in any more: this is how things stood at ',
  unanswered: 'The service does not answer: this is how things stood at ',
} as const
