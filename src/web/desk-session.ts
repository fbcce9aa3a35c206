import { call } from './desk-api.ts'
import { byId, make, setChildren } from './dom.ts'

/** Who is signed in. */
export type DeskEditor = { readonly id: string; readonly name: string; readonly role: string }

/** Who sits at the desk: a key opens a session, whose cookie no script can read. */
export class DeskSession {
  readonly #onOpen: (editor: DeskEditor) => void
  readonly #form = byId('sign-in', HTMLFormElement)
  readonly #key = byId('key', HTMLInputElement)
  readonly #error = byId('sign-in-error', HTMLElement)

  constructor(onOpen: (editor: DeskEditor) => void) {
    this.#onOpen = onOpen
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#signIn()
    })
  }

  /** Finds out whether someone is signed in, and asks for the key if not. */
  async begin(): Promise<void> {
    const answer = await call<{ editor: DeskEditor }>('/v1/desk/session')
    if (answer.result === 'done') this.#open(answer.body.editor)
    else this.ask(answer.result === 'lost' ? 'The service does not answer. Try again in a moment.' : '')
  }

  /** Asks for the key: at the start, and when a session has ended in the middle of work. */
  ask(why: string): void {
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
      this.#error.textContent =
        answer.result === 'refused' ? answer.problem.detail : 'The service does not answer. Try again in a moment.'
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
    const out = make('button', { type: 'button', id: 'sign-out' }, 'Sign out')
    out.addEventListener('click', async () => {
      await call('/v1/desk/session', { method: 'DELETE' })
      this.ask('')
    })
    const who = byId('who', HTMLElement)
    setChildren(who, make('bdi', {}, name), ` (${role}) `, out)
    who.hidden = false
    this.#form.hidden = true
    byId('desk', HTMLElement).hidden = false
    this.#onOpen(editor)
  }
}
