import { call } from '../desk-api.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'

/** Who is signed in. `asked`: somebody is asked for their key, perhaps because of something that is said. */
export type SessionState =
  | { readonly is: 'unknown' }
  | { readonly is: 'asked'; readonly error: string }
  | { readonly is: 'open'; readonly editor: DeskEditor }

type Deps = {
  readonly ask?: typeof call
  /** Shows a state, before anything else is told of it. */
  readonly changed: (state: SessionState) => void
  readonly opened: (editor: DeskEditor) => void
  readonly ended: () => void
  /** Says something to who is still signed in. */
  readonly say: (words: string) => void
  /** Puts the focus on the field for the key; `isWrong`: with what is in it selected. */
  readonly focusKey: (isWrong: boolean) => void
  /**
   * The field that had the focus is gone; without this it would fall to the page's beginning. `isBack`: the same editor goes on
   * with what they did when their session ended.
   */
  readonly focusDesk: (isBack: boolean) => void
}

/** The editor's session: a key opens it, and its cookie cannot be read by scripts. */
export class DeskSession {
  readonly #deps: Deps
  readonly #ask: typeof call
  #state: SessionState = { is: 'unknown' }
  #number = 0
  /** Who was signed in last. */
  #last: string | null = null

  constructor(deps: Deps) {
    this.#deps = deps
    this.#ask = deps.ask ?? call
  }

  get state(): SessionState {
    return this.#state
  }

  /** Which session it is, of those that were opened here. */
  get number(): number {
    return this.#number
  }

  /** Finds out whether someone is signed in, and asks for the key if not. */
  async begin(): Promise<void> {
    const answer = await this.#ask<{ readonly editor: DeskEditor }>('/v1/desk/session')
    if (answer.result !== 'done') return this.askForKey(answer.result === 'lost' ? noAnswer(answer) : '')
    this.#number += 1
    this.#last = answer.body.editor.id
    this.#set({ is: 'open', editor: answer.body.editor })
    this.#deps.opened(answer.body.editor)
  }

  /** Asks for the key: at the start, and when a session has ended in the middle of work. */
  askForKey(error: string): void {
    this.#deps.ended()
    this.#set({ is: 'asked', error })
    this.#deps.focusKey(false)
  }

  async signIn(key: string): Promise<void> {
    if (key.trim() === '') {
      this.#set({ is: 'asked', error: t('keyFirst') })
      return this.#deps.focusKey(false)
    }
    const answer = await this.#ask('/v1/desk/session', { method: 'POST', body: { key: key.trim() } })
    if (answer.result !== 'done') {
      this.#set({ is: 'asked', error: answer.result === 'refused' ? answer.problem.detail : noAnswer(answer) })
      this.#deps.focusKey(true)
      return
    }
    const before = this.#last
    await this.begin()
    if (this.#state.is === 'open') this.#deps.focusDesk(this.#state.editor.id === before)
  }

  /** An editor who leaves the computer must not believe that they are signed out when they are not. */
  async signOut(): Promise<void> {
    const answer = await this.#ask('/v1/desk/session', { method: 'DELETE', attempts: 2 })
    this.#deps.say('')
    if (answer.result === 'done' || (answer.result === 'refused' && answer.problem.status === 401))
      return this.askForKey('')
    const why = answer.result === 'refused' ? answer.problem.detail : (answer.detail ?? t('noAnswerKnown'))
    this.#deps.say(t('stillSignedIn', { why }))
  }

  #set(state: SessionState): void {
    this.#state = state
    this.#deps.changed(state)
  }
}

function noAnswer({ detail }: { readonly detail?: string }): string {
  return detail ?? `${t('noService')} ${t('tryAgain')}`
}
