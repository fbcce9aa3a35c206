import type { ProblemBody } from '../../../domain/problem.ts'
import { call } from '../desk-api.ts'
import { t } from '../state/desk-words.ts'
import { type PauseAnswer, PauseRequests } from './pause-requests.ts'
import { noPause, type PauseState, turnBody, withPause, withTurned } from './pause-state.ts'

type Deps = {
  readonly ask?: typeof call
  readonly isSignedOut: (problem: ProblemBody) => boolean
  readonly changed: (state: PauseState) => void
  /** Tells what was done. */
  readonly tell: (words: string) => void
  /** The pause, or a part of it, has ended: what it refused may be tried again. */
  readonly ended: () => void
  /** The button that had the focus may be gone with the pause. */
  readonly rescueFocus: () => void
  readonly focusReason: () => void
}

/** Reads and turns the pause (kill switch). */
export class PauseSwitch {
  readonly #deps: Deps
  readonly #asks: PauseRequests
  #state = noPause

  constructor(deps: Deps) {
    this.#deps = deps
    this.#asks = new PauseRequests(deps.ask ?? call)
  }

  get state(): PauseState {
    return this.#state
  }

  offerTo(role: string): void {
    this.write({ isAdmin: role === 'admin' })
  }

  /** A choice or a keystroke. */
  write(changed: Partial<PauseState>): void {
    const { isReasonMissing, error } = this.#state
    // What is written now may be the reason that was missing.
    const answered = isReasonMissing && changed.reason !== undefined ? { isReasonMissing: false, error: '' } : { error }
    this.#set({ ...this.#state, ...answered, ...changed })
  }

  /** Reads the pause and returns the response. Without one, what is shown stays. */
  async refresh(): Promise<PauseAnswer> {
    const { answer, isShown } = await this.#asks.read()
    if (isShown && answer.result === 'done') this.#show(withPause(this.#state, answer.body.pause))
    return answer
  }

  /** Adds what is chosen to the pause, or takes it out; with everything chosen, pauses all or ends the pause. */
  async turn(turn: 'pause' | 'resume'): Promise<void> {
    const sent = this.#state
    if (sent.reason.trim() === '') {
      this.write({ error: t('reasonFirst'), isReasonMissing: true })
      return this.#deps.focusReason()
    }
    // Not by disabling the button: that would take the focus from it.
    // Ends only the pause that is shown, not one that somebody has begun since.
    const meant = turn === 'resume' && sent.pause !== null ? { at: sent.pause.at } : {}
    const answer = await this.#asks.turn(turn, { ...turnBody(sent), ...meant })
    if (answer === null) return
    if (answer.result === 'done') {
      const { pause } = answer.body
      this.#show(withTurned(this.#state, sent, pause))
      this.#deps.tell(t(turn === 'pause' ? 'pausedNow' : pause === null ? 'resumedNow' : 'resumedPart'))
      this.#deps.rescueFocus()
      return
    }
    if (answer.result === 'lost') this.write({ error: `${answer.detail ?? t('noAnswerKnown')} ${t('pressHarmless')}` })
    else if (!this.#deps.isSignedOut(answer.problem)) this.write({ error: answer.problem.detail })
    // The change may have been made, or a read was skipped because of it.
    await this.refresh()
  }

  #show(state: PauseState): void {
    // A pause that began and ended between two looks ended too.
    if (state.pause === null || state.pause !== this.#state.pause) this.#deps.ended()
    this.#set(state)
  }

  #set(state: PauseState): void {
    this.#state = state
    this.#deps.changed(state)
  }
}
