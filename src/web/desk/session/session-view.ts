import { endsSoon } from '../account/account-state.ts'
import { dayText } from '../account/day-text.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { bdi, button, told, type View } from '../view/parts/view-parts.ts'
import type { SessionState } from './desk-session.ts'

type SignInActs = { readonly signIn: (key: string) => void }
type WhoActs = { readonly account: (editor: DeskEditor) => void; readonly signOut: () => void }

/** The form that asks for the key. What was typed is gone with the form. */
export function signInView(state: SessionState, { signIn }: SignInActs): View {
  if (state.is !== 'asked') return null
  return h(
    'form',
    {
      id: 'sign-in',
      class: 'panel narrow',
      // The browser would say what is missing in its own language.
      noValidate: true,
      onSubmit: (event: Event & { readonly currentTarget: HTMLFormElement }) => {
        event.preventDefault()
        signIn(String(new FormData(event.currentTarget).get('key')))
      },
    },
    h('h2', {}, t('signIn')),
    h('p', { class: 'small' }, t('signInHint')),
    // For password managers, which want a name beside a key.
    h('input', { type: 'text', name: 'username', value: 'desk', autocomplete: 'username', hidden: true }),
    h(
      'label',
      { class: 'field' },
      t('yourKey'),
      ' ',
      h('input', {
        ...{ id: 'key', type: 'password', name: 'key', autocomplete: 'current-password' },
        ...{ 'aria-required': 'true', 'aria-describedby': 'sign-in-error', spellcheck: false },
      }),
    ),
    h('p', { class: 'error', id: 'sign-in-error', role: 'alert' }, told(state.error)),
    h('p', { class: 'buttons' }, h('button', { class: 'main', type: 'submit' }, t('signIn'))),
  )
}

/** Who is signed in, and the ways to their account and out. */
export function whoView(state: SessionState, { account, signOut }: WhoActs): (View | string)[] {
  if (state.is !== 'open') return []
  const { editor } = state
  const { expiresAt } = editor
  // Told in time to ask an admin for another key.
  const end = expiresAt !== undefined && endsSoon({ expiresAt }, Date.now()) ? dayText(expiresAt) : null
  return [
    bdi(editor.name),
    ` (${roleWord(editor.role)}) `,
    ...(end === null ? [] : [h('strong', { id: 'key-ends' }, t('keyEndsSoon', { day: end })), ' ']),
    button(accountWord(editor), () => account(editor), { id: 'account-open', hint: 'Alt+K' }),
    ' ',
    button(t('signOut'), signOut, { id: 'sign-out' }),
  ]
}

/** What the view of sessions and keys is called: who is no admin sees no keys. */
export function accountWord({ role }: Pick<DeskEditor, 'role'>): string {
  return t(role === 'admin' ? 'accountKeys' : 'account')
}

function roleWord(role: string): string {
  return role === 'writer' || role === 'editor' || role === 'admin' ? t(`role_${role}`) : role
}
