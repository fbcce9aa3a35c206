import { render } from 'preact'
import { byId } from '../../shared/dom.ts'
import { isFocusLost } from '../../shared/focus.ts'
import { listenToPresses, sending } from '../busy-button.ts'
import { onClosed } from '../dialogs/on-closed.ts'
import { focusMistake } from '../editing/form-focus.ts'
import { accountWord } from '../session/session-view.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { t } from '../state/desk-words.ts'
import { Account } from './account.ts'
import type { AccountAsks } from './account-on-demand.ts'
import { type AccountState, noAccount } from './account-state.ts'
import { type AccountActs, accountView } from './account-view.ts'

/** Gives the function that opens “Account and keys” for an editor. */
export function offerAccount({ isSignedOut, signedOut, push }: AccountAsks): (me: DeskEditor) => void {
  // This script has its own part that knows which button was pressed.
  listenToPresses()
  const dialog = byId('account', HTMLDialogElement)
  const place = byId('account-place', HTMLElement)
  let shown = noAccount
  const focus = (id: string) => document.getElementById(id)?.focus()
  const account = new Account({
    isSignedOut,
    signedOut: () => {
      dialog.close()
      signedOut()
    },
    focus,
    rescue: (id) => {
      // The browser gives the focus of what is gone to the dialog or to the page.
      if (dialog.open && (isFocusLost() || document.activeElement === dialog)) focus(id)
    },
    changed: (state) => {
      render(state.me === null ? null : accountView(state, acts), place)
      bringIntoSight(shown, state)
      shown = state
    },
  })
  const { hooks } = account
  const copyFrom = (id: string): void => {
    void copy(id).then((isCopied) => account.copied(id === 'made-key' ? 'make' : 'hook', isCopied))
  }
  const acts: AccountActs = {
    endSession: (id: string) => sending(account.endSession(id)),
    endAll: () => sending(account.endAll()),
    write: (changed: Parameters<Account['write']>[0]) => account.write(changed),
    make: () => sending(account.make()),
    copy: copyFrom,
    forgetMade: () => account.forgetMade(),
    askToRevoke: (id: string) => account.askToRevoke(id),
    leave: () => account.leave(),
    revoke: () => sending(account.revoke()),
    more: () => sending(account.more()),
    push: () => (account.state.me === null ? 'impossible' : push.state(account.state.me)),
    turnPush: (to: 'on' | 'off') => {
      const { me } = account.state
      if (me !== null)
        sending(
          push.turn(to, me).then(
            (refusal) => account.pushed(refusal),
            () => account.pushed(t('wentWrong')),
          ),
        )
    },
    hooks: {
      write: (changed: Parameters<typeof hooks.write>[0]) => hooks.write(changed),
      add: () => sending(hooks.add()),
      copy: copyFrom,
      forgetMade: () => hooks.forgetMade(),
      turn: (id: string, to: 'active' | 'paused') => sending(hooks.turn(id, to)),
      test: (id: string) => sending(hooks.test(id)),
      newSecret: (id: string) => sending(hooks.newSecret(id)),
      askToDelete: (id: string) => hooks.askToDelete(id),
      leave: () => hooks.leave(),
      remove: () => sending(hooks.remove()),
      sendAgain: (id: string) => sending(hooks.sendAgain(id)),
      sendAllAgain: () => sending(hooks.sendAllAgain()),
      more: () => sending(hooks.more()),
    },
  }
  // Escape is easily pressed; the button beside the title is not.
  dialog.addEventListener('cancel', (event) => {
    if (!account.mayLeave()) event.preventDefault()
  })
  byId('account-close', HTMLButtonElement).addEventListener('click', (event) => {
    if (account.isActing) event.preventDefault()
  })
  onClosed(dialog, () => {
    account.close()
    if (isFocusLost()) focus('account-open')
  })
  return (me) => {
    byId('account-title', HTMLElement).textContent = accountWord(me)
    if (!dialog.open) dialog.showModal()
    dialog.scrollTop = 0
    byId('account-title', HTMLElement).focus()
    void account.open(me)
  }
}

/** What was refused is told above its part of the view or at a field, which may be far from the button that was pressed. */
function bringIntoSight(before: AccountState, { note, mistakes }: AccountState): void {
  const [mistake] = mistakes
  if (mistake !== undefined && mistakes !== before.mistakes) focusMistake(byId(`account-${mistake.place}`, HTMLElement))
  if (note?.kind === 'error' && note !== before.note)
    document.querySelector(`#account-${note.place} > .error:not(:empty)`)?.scrollIntoView({ block: 'nearest' })
}

/** Copies the key or secret that a field shows. Where the browser does not let the page, it is selected for the editor. */
async function copy(id: string): Promise<boolean> {
  const field = byId(id, HTMLTextAreaElement)
  try {
    // Pages over http have none.
    await navigator.clipboard.writeText(field.value)
    return true
  } catch {
    field.focus()
    field.select()
    return false
  }
}
