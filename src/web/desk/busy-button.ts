import { make } from '../shared/dom.ts'
import { t } from './state/desk-words.ts'

/** An answer that comes sooner needs no words. */
const wordsAfterMs = 300

let pressed: HTMLButtonElement | null = null

/** Notes which button is pressed, and lets no second press through while the first has no answer. */
export function listenToPresses(): void {
  document.addEventListener(
    'click',
    (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null
      if (button?.getAttribute('aria-busy') === 'true') {
        event.preventDefault()
        event.stopImmediatePropagation()
        return
      }
      pressed = button
      setTimeout(() => {
        if (pressed === button) pressed = null
      })
    },
    true,
  )
}

/** The button that is being pressed, for who asks something before anything is sent; null: none. */
export function pressedButton(): HTMLButtonElement | null {
  return pressed
}

/**
 * Shows that something is being sent, on the button that was pressed for it: at once to screen readers (`aria-busy`), and in
 * words when the answer takes longer. The button keeps the focus. `button`: where no press but a key began it.
 */
export function sending(run: Promise<unknown>, button: HTMLButtonElement | null = pressed): void {
  if (button === null || button.getAttribute('aria-busy') === 'true') return void run
  button.setAttribute('aria-busy', 'true')
  // A live region of its own, where it is read out: what is behind a dialog is not.
  const region = make('p', { class: 'visually-hidden', role: 'status' })
  ;(button.closest('dialog') ?? document.body).append(region)
  const timer = setTimeout(() => {
    button.dataset.busy = t('busy')
    region.textContent = t('busy')
  }, wordsAfterMs)
  const over = () => {
    clearTimeout(timer)
    button.removeAttribute('aria-busy')
    delete button.dataset.busy
    region.remove()
  }
  void run.finally(over)
}
