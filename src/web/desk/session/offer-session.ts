import { Fragment, h, render } from 'preact'
import { byId } from '../../shared/dom.ts'
import { sending } from '../busy-button.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { DeskSession } from './desk-session.ts'
import { signInView, whoView } from './session-view.ts'

type Asks = {
  readonly opened: (editor: DeskEditor) => void
  readonly ended: () => void
  /** Where the editor works at the desk; null: nowhere. */
  readonly focusOf: () => HTMLElement | null
  readonly say: (words: string) => void
  /** Shows an editor's sessions, and to admins the keys. */
  readonly account: (editor: DeskEditor) => void
}

/** Asks for the key in the page, and shows who is signed in. */
export function offerSession({ opened, ended, focusOf, say, account }: Asks): DeskSession {
  const who = byId('who', HTMLElement)
  const session = new DeskSession({
    ...{ opened, ended, say },
    changed: (state) => {
      byId('desk', HTMLElement).hidden = state.is !== 'open'
      who.hidden = state.is !== 'open'
      render(signInView(state, { signIn: (key) => sending(session.signIn(key)) }), byId('sign-in-place', HTMLElement))
      render(h(Fragment, {}, whoView(state, { account, signOut: () => sending(session.signOut()) })), who)
    },
    focusKey: (isWrong) => {
      const field = byId('key', HTMLInputElement)
      field.focus()
      if (isWrong) field.select()
    },
    focusDesk: (isBack) => {
      const place = isBack ? focusOf() : null
      if (place === null) byId('desk-title', HTMLElement).focus()
      else place.focus()
    },
  })
  return session
}
