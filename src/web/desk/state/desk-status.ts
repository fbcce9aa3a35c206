import { Fragment, h, render } from 'preact'
import { told } from '../view/parts/view-parts.ts'
import type { StatusAbout } from './item-news.ts'

/** The line at the top that says how the last act ended. It is about an item, the connection, or nothing that can change. */
export class DeskStatus {
  readonly #line: HTMLElement
  #words = ''
  #about: StatusAbout = null

  constructor(line: HTMLElement) {
    this.#line = line
  }

  get about(): StatusAbout {
    return this.#words === '' ? null : this.#about
  }

  /** `about`: what must not change for the words to stay true. */
  say(words: string, about: StatusAbout = null): void {
    this.#about = about
    this.#words = words
    // What stays the same is not touched: this is a live region, which screen readers read out.
    render(h(Fragment, {}, told(words)), this.#line)
  }

  /** The service answers again: what was said of it is over. */
  connected(): void {
    if (this.#about === 'connection') this.say('')
  }
}
