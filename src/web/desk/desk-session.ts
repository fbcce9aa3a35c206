import { byId, make, setChildren } from '../shared/dom.ts'
import { endsSoon } from './account/account-state.ts'
import { dayText } from './account/day-text.ts'
import { call } from './desk-api.ts'
import type { DeskEditor } from './state/desk-state.ts'
import { t } from './state/desk-words.ts'

/** The editor's session: a key opens it, and its cookie cannot be read by scripts. */
export class DeskSession {
  readonly #onOpen: (editor: DeskEditor) => void
  readonly #form = byId('sign-in', HTMLFormElement)
  readonly #key = byId('key', HTMLInputElement)
  readonly #error = byId('sign-in-error', HTMLElement)
  readonly #onEnd: () => void
  readonly #account: (editor: DeskEditor) => void
  #number = 0

  /** `account`: shows an editor's sessions, and to admins the keys. */
  constructor(onOpen: (editor: DeskEditor) => void, onEnd: () => void, account: (editor: DeskEditor) => void) {
    this.#onOpen = onOpen
    this.#onEnd = onEnd
    this.#account = account
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#signIn()
    })
  }

  /** Which session it is, of those that were opened here. */
  get number(): number {
    return this.#number
  }

  /** Finds out whether someone is signed in, and asks for the key if not. */
  async begin(): Promise<void> {
    const answer = await call<{ editor: DeskEditor }>('/v1/desk/session')
    if (answer.result === 'done') this.#open(answer.body.editor)
    else this.ask(answer.result === 'lost' ? noAnswer(answer) : '')
  }

  /** Asks for the key: at the start, and when a session has ended in the middle of work. */
  ask(why: string): void {
    this.#onEnd()
    this.#error.textContent = why
    this.#form.hidden = false
    byId('desk', HTMLElement).hidden = true
    byId('who', HTMLElement).hidden = true
    this.#key.focus()
  }

  async #signIn(): Promise<void> {
    const answer = await call<{ editor?: DeskEditor }>('/v1/desk/session', {
      method: 'POST',
      body: { key: this.#key.value.trim() },
    })
    if (answer.result !== 'done') {
      this.#error.textContent = answer.result === 'refused' ? answer.problem.detail : noAnswer(answer)
      this.#key.select()
      return
    }
    this.#key.value = ''
    await this.begin()
    // The field that had the focus is gone; without this it would fall to the page's beginning.
    if (this.#form.hidden) byId('desk-title', HTMLElement).focus()
  }

  #open(editor: DeskEditor): void {
    const { name, role } = editor
    this.#number += 1
    const out = make('button', { type: 'button', id: 'sign-out' }, t('signOut'))
    out.addEventListener('click', async () => {
      const answer = await call('/v1/desk/session', { method: 'DELETE', attempts: 2 })
      // An editor who leaves the computer must not believe that they are signed out when they are not.
      byId('desk-message', HTMLElement).textContent = ''
      if (answer.result === 'done' || (answer.result === 'refused' && answer.problem.status === 401))
        return this.ask('')
      const why = answer.result === 'refused' ? answer.problem.detail : (answer.detail ?? t('noAnswerKnown'))
      byId('desk-message', HTMLElement).textContent = t('stillSignedIn', { why })
    })
    const account = make('button', { type: 'button', id: 'account-open', title: 'Alt+K' }, accountWord(editor))
    account.addEventListener('click', () => this.#account(editor))
    const who = byId('who', HTMLElement)
    // Once a session: whoever works at the desk has time to ask for another key.
    const end = editor.expiresAt !== undefined && endsSoon(editor, Date.now()) ? dayText(editor.expiresAt) : null
    const warning = end === null ? [] : [make('strong', { id: 'key-ends' }, t('keyEndsSoon', { day: end })), ' ']
    setChildren(who, make('bdi', {}, name), ` (${roleWord(role)}) `, ...warning, account, ' ', out)
    who.hidden = false
    this.#form.hidden = true
    byId('desk', HTMLElement).hidden = false
    this.#onOpen(editor)
  }
}

function noAnswer({ detail }: { readonly detail?: string }): string {
  return detail ?? `${t('noService')} ${t('tryAgain')}`
}

/** What the view of sessions and keys is called: who is no admin sees no keys. */
export function accountWord({ role }: Pick<DeskEditor, 'role'>): string {
  return t(role === 'admin' ? 'accountKeys' : 'account')
}

function roleWord(role: string): string {
  return role === 'writer' || role === 'editor' || role === 'admin' ? t(`role_${role}`) : role
}
