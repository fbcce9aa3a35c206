import { Fragment, h, render } from 'preact'
import { byId, make } from '../../shared/dom.ts'
import { keepClear } from '../in-sight.ts'
import { told } from '../view/parts/view-parts.ts'
import { t } from './desk-words.ts'
import type { StatusAbout } from './item-news.ts'

/**
 * The line that says how the last act ended. It is about an item, the connection, or nothing that can change. It stays until
 * it is closed, something else is done, or it is not true any more: nobody has to read it within a time (WCAG 2.2.1).
 */
export class DeskStatus {
  readonly #line: HTMLElement
  readonly #toast = make('div', { id: 'desk-toast' })
  #words = ''
  #about: StatusAbout = null

  constructor(line: HTMLElement) {
    this.#line = line
    const close = make('button', { id: 'desk-message-close', type: 'button', 'aria-label': t('close') }, '×')
    line.before(this.#toast)
    this.#toast.append(line, close)
    this.#toast.hidden = true
    let before: EventTarget | null = null
    close.addEventListener('focusin', ({ relatedTarget }) => {
      before = relatedTarget
    })
    close.addEventListener('click', () => {
      this.dismiss()
      const place = before instanceof HTMLElement && before.isConnected ? before : byId('desk-title', HTMLElement)
      place.focus()
    })
    keepClear(this.#toast, 'end')
  }

  get about(): StatusAbout {
    return this.#words === '' ? null : this.#about
  }

  /** `about`: what must not change for the words to stay true. */
  say(words: string, about: StatusAbout = null): void {
    this.#about = about
    this.#words = words
    this.#toast.hidden = words === ''
    // What stays the same is not touched: this is a live region, which screen readers read out.
    render(h(Fragment, {}, told(words)), this.#line)
  }

  /** The editor has read it. Whether there was something to read. */
  dismiss(): boolean {
    const isThere = this.#words !== ''
    this.say('')
    return isThere
  }

  /** The editor goes on writing: how their last act ended is over. What others did stays until it is closed: it may be unread. */
  written(): void {
    const { about } = this
    if (about === null || about === 'connection' || about.isNews !== true) this.say('')
  }

  /** The service answers again: what was said of it is over. */
  connected(): void {
    if (this.#about === 'connection') this.say('')
  }
}
