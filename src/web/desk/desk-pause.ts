import { Fragment, h, render } from 'preact'
import type { Pause } from '../../desk/pause.ts'
import type { ProblemBody } from '../../domain/problem.ts'
import { byId, make } from '../shared/dom.ts'
import { isFocusLost } from '../shared/focus.ts'
import { type DeskConfig, droppedOf } from './desk-config.ts'
import { type PauseAnswer, PauseRequests } from './desk-pause-requests.ts'
import { t } from './state/desk-words.ts'
import { pauseView } from './view/service/pause-view.ts'

type Deps = {
  readonly config: DeskConfig
  readonly isSignedOut: (problem: ProblemBody) => boolean
  /** Tells what was done. */
  readonly tell: (words: string) => void
  /** The pause, or a part of it, has ended: what it refused may be tried again. */
  readonly ended: () => void
}

/** The pause (kill switch) at the desk: all editors see it, administrators change it. */
export class DeskPause {
  readonly #config: DeskConfig
  readonly #isSignedOut: (problem: ProblemBody) => boolean
  readonly #notice = byId('pause', HTMLElement)
  readonly #form = byId('pause-form', HTMLFormElement)
  readonly #reason = byId('pause-reason', HTMLInputElement)
  readonly #scope = byId('pause-scope', HTMLSelectElement)
  readonly #resume = byId('pause-resume', HTMLButtonElement)
  readonly #error = byId('pause-error', HTMLElement)
  readonly #asks = new PauseRequests()
  readonly #tell: (words: string) => void
  readonly #ended: () => void
  #shown: Pause = null

  constructor({ config, isSignedOut, tell, ended }: Deps) {
    this.#config = config
    this.#isSignedOut = isSignedOut
    this.#tell = tell
    this.#ended = ended
    this.#scope.append(
      ...config.languages.map(({ tag, name }) => make('option', { value: `languages ${tag}`, lang: tag }, name)),
      ...config.topics.map(({ id, label }) => make('option', { value: `topics ${id}` }, label)),
    )
    // Typing a reason is deliberate. A key that is held down does not confirm a second time.
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.repeat) event.preventDefault()
    })
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#turn(event.submitter === this.#resume ? 'resume' : 'pause')
    })
  }

  /** Whether the controls are shown; the service checks the role again. */
  offerTo(role: string): void {
    this.#form.hidden = role !== 'admin'
  }

  /** Reads the pause and returns the response. Without one, what is shown stays. */
  async refresh(): Promise<PauseAnswer> {
    const { answer, isShown } = await this.#asks.read()
    if (isShown && answer.result === 'done') this.#show(answer.body.pause)
    return answer
  }

  /** Adds what is chosen to the pause, or takes it out; with everything chosen, pauses all or ends the pause. */
  async #turn(turn: 'pause' | 'resume'): Promise<void> {
    const [scopeSent, reasonSent] = [this.#scope.value, this.#reason.value]
    const [list, name] = scopeSent.split(' ')
    const scope = list && name ? { [list]: [name] } : {}
    // Not by disabling the button: that would take the focus from it.
    const answer = await this.#asks.turn(turn, { ...scope, reason: reasonSent })
    if (answer === null) return
    if (answer.result === 'done') {
      this.#error.textContent = ''
      // The desk's stream may tell of the change before its response comes: what was chosen and written since stays.
      if (this.#reason.value === reasonSent) this.#reason.value = ''
      if (this.#scope.value === scopeSent) this.#scope.value = ''
      this.#show(answer.body.pause)
      this.#tell(t(turn === 'pause' ? 'pausedNow' : answer.body.pause === null ? 'resumedNow' : 'resumedPart'))
      // The button for resuming is gone with the pause.
      if (isFocusLost()) this.#scope.focus()
    } else if (answer.result === 'lost' || !this.#isSignedOut(answer.problem))
      this.#error.textContent =
        answer.result === 'refused'
          ? answer.problem.detail
          : `${answer.detail ?? t('noAnswerKnown')} ${t('pressHarmless')}`
    // The change may have been made, or a read was skipped because of it.
    if (answer.result !== 'done') await this.refresh()
  }

  #show(pause: Pause): void {
    this.#notice.hidden = pause === null
    // A pause can be widened, to everything too, and each part of it can be resumed separately.
    this.#resume.hidden = pause === null
    // A pause that began and ended between two looks ended too.
    if (pause === null || JSON.stringify(pause) !== JSON.stringify(this.#shown)) this.#ended()
    // Set only when it has changed: this is a live region, which screen readers read out.
    if (JSON.stringify(pause) === JSON.stringify(this.#shown)) return
    // A reason is for one change only. It is cleared when the pause has ended meanwhile, and when it is the reason of
    // this pause (whose response was lost): it must not be sent as the reason of the resume.
    if (pause === null || this.#reason.value.trim() === pause.reason) this.#reason.value = ''
    this.#shown = pause
    this.#offerDropped(pause)
    render(h(Fragment, {}, pauseView(pause, this.#config)), this.#notice)
  }

  /** What the newsroom has dropped can be resumed for as long as it is paused. */
  #offerDropped(pause: Pause): void {
    for (const option of this.#scope.querySelectorAll('option[data-dropped]')) option.remove()
    for (const { value, name } of droppedOf(this.#config, pause))
      this.#scope.append(make('option', { value, 'data-dropped': '' }, t('droppedName', { name })))
  }
}
