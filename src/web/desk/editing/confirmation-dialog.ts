import { byId, within } from '../../shared/dom.ts'
import { isFocusLost } from '../../shared/focus.ts'
import { t } from '../state/desk-words.ts'

/**
 * The result of an action: null when it is done, else an error to show. With `notice` the alert has changed: it
 * gets the focus, and the editor must read it and confirm again.
 */
export type Outcome = string | null | { readonly error: string; readonly notice: HTMLElement }

/** The action. `showProgress` shows how far it is. */
type Act = (showProgress: (progress: string) => void) => Promise<Outcome>

/** The word that must be typed before the button does anything. Null: a box must be ticked instead. */
type Word = string | null

/**
 * Opens a dialog that asks for confirmation before something is sent to readers, or stopped. The editor must tick a box,
 * or type a word, and press a button. The focus is first on Cancel, and a key that is held down has no effect. The dialog `#id` has the
 * buttons `#id-send` and `#id-cancel`, a box in `.deliberate`, a field `#id-word` where a word may be asked for, and a line
 * `#id-error`. At its close the browser gives
 * the focus back to what had it; `focusBack` puts it there when that is gone.
 */
export function askDeliberately(id: string, act: Act, focusBack: () => void, word: Word = null): void {
  const dialog = byId(id, HTMLDialogElement)
  const send = byId(`${id}-send`, HTMLButtonElement)
  const cancel = byId(`${id}-cancel`, HTMLButtonElement)
  const error = byId(`${id}-error`, HTMLElement)
  const tick = within(dialog, '.deliberate input', HTMLInputElement)
  const field = word === null ? null : byId(`${id}-word`, HTMLInputElement)
  let state: 'asking' | 'sending' = 'asking'
  const isDeliberate = () => (field === null ? tick.checked : isTyped(field.value, word))
  const enable = () => {
    send.disabled = !isDeliberate() || state === 'sending'
    cancel.disabled = state === 'sending'
  }
  /** Enter after the word acts; after a tick the button is one press away; else it says what is missing. */
  const answerEnter = () => {
    if (state === 'sending') return
    if (!isDeliberate()) error.textContent = field === null ? t('tickFirst') : t('wordFirst', { word: word ?? '' })
    else if (field === null) send.focus()
    else send.click()
  }
  tick.checked = false
  tick.disabled = false
  error.textContent = ''
  enable()
  tick.onchange = enable
  if (field !== null) {
    field.value = ''
    field.oninput = enable
  }
  dialog.onkeydown = (event) => {
    // The key that opened the dialog may still be down: its repetitions are not meant for what has the focus now.
    const isPress = event.key === 'Enter' || event.key === ' '
    if (isPress && event.repeat && !(event.target instanceof HTMLTextAreaElement)) event.preventDefault()
    // Enter in the box would press the dialog's first button.
    if (event.key === 'Enter' && (event.target === tick || event.target === field)) {
      event.preventDefault()
      if (!event.repeat && !event.isComposing) answerEnter()
    }
    // Escape must not close the dialog while the request is in progress.
    if (event.key === 'Escape' && state === 'sending') event.preventDefault()
  }
  dialog.onclose = () => {
    if (isFocusLost() || dialog.contains(document.activeElement)) focusBack()
  }
  dialog.oncancel = (event) => {
    if (state === 'sending') event.preventDefault()
  }
  send.onclick = async () => {
    if (send.disabled) return
    state = 'sending'
    enable()
    const outcome = await act((progress) => {
      error.textContent = progress
    }).catch(() => t('wentWrong'))
    state = 'asking'
    if (outcome !== null && typeof outcome === 'object') tick.checked = false
    enable()
    if (outcome === null) return dialog.close()
    error.textContent = typeof outcome === 'string' ? outcome : outcome.error
    // A button that is disabled loses the focus.
    if (dialog.open) (typeof outcome === 'string' ? send : outcome.notice).focus()
  }
  if (!dialog.open) dialog.showModal()
  // On a phone the button is below what is to be read, which stays in sight.
  cancel.focus({ preventScroll: true })
  dialog.scrollTop = 0
}

function isTyped(text: string, word: Word): boolean {
  return word !== null && text.trim().toLocaleUpperCase() === word.toLocaleUpperCase()
}
