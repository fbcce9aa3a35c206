import { render } from 'preact'
import { byId } from '../../shared/dom.ts'
import { isFocusLost } from '../../shared/focus.ts'
import { sending } from '../busy-button.ts'
import { t } from '../state/desk-words.ts'
import { type Deliberate, mayPress, newDeliberate, type Outcome, onEnter, withOutcome } from './deliberate.ts'
import { type DeliberateContent, deliberateView } from './deliberate-view.ts'
import { onClosed } from './on-closed.ts'

/** The act. `showProgress` shows how far it is. */
type Act = (showProgress: (progress: string) => void) => Promise<Outcome>

type Question = {
  readonly act: Act
  /** Puts the focus where the alert is, when what had it is gone. */
  readonly focusBack: () => void
  /** What had the focus may be another button by the time that the act is done: then the focus goes where `focusBack` puts it. */
  readonly isMovedOn?: boolean
  /** The word that must be typed. Null: a box must be ticked instead. */
  readonly word?: string | null
}

export type DeliberateDialog = {
  readonly ask: (question: Question) => void
  /** What is asked about has changed. */
  readonly draw: () => void
  /** What is asked about is another thing by now: what was ticked or typed does not count for it. Not while it is being sent. */
  readonly askAgain: () => boolean
  readonly isOpen: () => boolean
}

/**
 * The dialog `#id`, which asks for a deliberate act before something is sent to readers, or stopped. The focus is first on
 * Cancel, and a key that is held down has no effect. At its close the browser gives the focus back to what had it;
 * `focusBack` puts it there when that is gone. `content`: what stands in it now; null for nothing.
 */
export function deliberateDialog(id: string, content: () => DeliberateContent | null): DeliberateDialog {
  const dialog = byId(id, HTMLDialogElement)
  let asked: Deliberate = newDeliberate()
  let question: Question = { act: async () => null, focusBack: () => {} }
  let isDone = false
  const set = (changed: Partial<Deliberate>) => {
    asked = { ...asked, ...changed }
    draw()
  }
  const draw = () => {
    const shown = content()
    render(shown === null ? null : deliberateView(id, asked, shown, acts), dialog)
  }
  const acts = {
    tick: () => set({ isTicked: !asked.isTicked }),
    type: (typed: string) => set({ typed }),
    press: () => sending(press(), sendButton()),
  }
  const sendButton = () => byId(`${id}-send`, HTMLButtonElement)
  const focus = (name: string) => document.getElementById(name)?.focus()

  async function press(): Promise<void> {
    if (!mayPress(asked)) return
    set({ state: 'sending' })
    const outcome = await question.act((error) => set({ error })).catch((): Outcome => t('wentWrong'))
    if (outcome === null) {
      set({ state: 'asking' })
      isDone = true
      return dialog.close()
    }
    asked = withOutcome(asked, outcome)
    draw()
    // A button that is disabled loses the focus.
    if (dialog.open) focus(typeof outcome === 'string' ? `${id}-send` : outcome.notice)
  }

  dialog.addEventListener('keydown', (event) => {
    const { key, target, repeat } = event
    // The key that opened the dialog may still be down: its repetitions are not meant for what has the focus now.
    if ((key === 'Enter' || key === ' ') && repeat && !(target instanceof HTMLTextAreaElement)) event.preventDefault()
    // Escape must not close the dialog while the request is in progress: nobody would hear what became of it.
    if (key === 'Escape' && asked.state === 'sending') {
      event.preventDefault()
      set({ error: t('notWhileSending') })
    }
    // Enter in the box would press the dialog's first button.
    const isConfirming = target instanceof Element && target.closest(`#${id}-ticked, #${id}-typed`) !== null
    if (key !== 'Enter' || !isConfirming) return
    event.preventDefault()
    if (repeat || event.isComposing) return
    const does = onEnter(asked)
    if (does === 'say-what-is-missing')
      set({ error: asked.word === null ? t('tickFirst') : t('wordFirst', { word: asked.word }) })
    if (does === 'go-to-button') focus(`${id}-send`)
    if (does === 'press') sending(press(), sendButton())
  })
  dialog.addEventListener('cancel', (event) => {
    if (asked.state === 'sending') event.preventDefault()
  })
  onClosed(dialog, () => {
    const isAside = isDone && question.isMovedOn === true
    if (isAside || isFocusLost() || dialog.contains(document.activeElement)) question.focusBack()
  })

  return {
    draw,
    isOpen: () => dialog.open,
    askAgain: () => {
      if (!dialog.open || asked.state === 'sending') return false
      set({ isTicked: false, typed: '' })
      return true
    },
    ask: (next) => {
      question = next
      isDone = false
      asked = newDeliberate(next.word)
      draw()
      if (!dialog.open) dialog.showModal()
      // On a phone the button is below what is to be read, which stays in sight.
      byId(`${id}-cancel`, HTMLButtonElement).focus({ preventScroll: true })
      dialog.scrollTop = 0
    },
  }
}
