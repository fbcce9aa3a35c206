import type { Pause } from '../../../desk/pause.ts'
import { LatestRequest } from '../../shared/latest-request.ts'
import { type Answer, call } from '../desk-api.ts'

export type PauseAnswer = Answer<{ readonly pause: Pause }>

/** Reads and changes the pause (the kill switch), one change at a time. */
export class PauseRequests {
  readonly #ask: typeof call
  readonly #latest = new LatestRequest()
  #isTurning = false

  constructor(ask: typeof call = call) {
    this.#ask = ask
  }

  /** The state of the pause. `isShown` is false when the response may be older than a later one. */
  async read(): Promise<{ readonly answer: PauseAnswer; readonly isShown: boolean }> {
    const isLatest = this.#latest.begin()
    const answer: PauseAnswer = await this.#ask('/v1/desk/pause', { attempts: 1 })
    return { answer, isShown: isLatest() }
  }

  /** Pauses or resumes. Null while an earlier change has no response. */
  async turn(turn: 'pause' | 'resume', body: object): Promise<PauseAnswer | null> {
    if (this.#isTurning) return null
    this.#isTurning = true
    try {
      return await this.#ask(`/v1/desk/${turn}`, { method: 'POST', body })
    } finally {
      this.#isTurning = false
      // A read that was sent before may show the state before this change.
      this.#latest.begin()
    }
  }
}
