import { byId, within } from './dom.ts'

/** Does it; gives a sentence of trouble to show, or null when it is done. `say` shows how it comes along. */
type Act = (say: (progress: string) => void) => Promise<string | null>

/**
 * Opens a dialog that asks before readers are told something, or no longer told. It takes two acts, a tick and a press;
 * the focus begins on the way back, and a key that is held down does nothing. The dialog `#id` has the buttons `#id-send`
 * and `#id-cancel`, a box in `.deliberate`, and a line `#id-error`.
 */
export function askDeliberately(id: string, act: Act): void {
  const dialog = byId(id, HTMLDialogElement)
  const send = byId(`${id}-send`, HTMLButtonElement)
  const cancel = byId(`${id}-cancel`, HTMLButtonElement)
  const error = byId(`${id}-error`, HTMLElement)
  const tick = within(dialog, '.deliberate input', HTMLInputElement)
  let state: 'asking' | 'sending' = 'asking'
  const enable = () => {
    send.disabled = !tick.checked || state === 'sending'
    cancel.disabled = state === 'sending'
  }
  tick.checked = false
  error.textContent = ''
  enable()
  tick.onchange = enable
  dialog.onkeydown = (event) => {
    // The key that opened the dialog may still be down: its repetitions are not meant for what has the focus now.
    const isPress = event.key === 'Enter' || event.key === ' '
    if (isPress && event.repeat && !(event.target instanceof HTMLTextAreaElement)) event.preventDefault()
    // Enter in the box would press the dialog's first button.
    if (event.key === 'Enter' && event.target === tick) event.preventDefault()
    // Neither Escape nor anything else may hide a sending that goes on.
    if (event.key === 'Escape' && state === 'sending') event.preventDefault()
  }
  dialog.oncancel = (event) => {
    if (state === 'sending') event.preventDefault()
  }
  send.onclick = async () => {
    if (send.disabled) return
    state = 'sending'
    enable()
    const trouble = await act((progress) => {
      error.textContent = progress
    }).catch(() => 'Something went wrong here. Try again.')
    state = 'asking'
    enable()
    if (trouble === null) dialog.close()
    else {
      error.textContent = trouble
      // A button that is disabled loses the focus.
      if (dialog.open) send.focus()
    }
  }
  if (!dialog.open) dialog.showModal()
  cancel.focus()
}
