import type { StatusAbout } from './item-news.ts'

/** The line at the top that says how the last act ended. It is about an item, the connection, or nothing that can change. */
export class DeskStatus {
  readonly #line: HTMLElement
  #about: StatusAbout = null

  constructor(line: HTMLElement) {
    this.#line = line
  }

  get about(): StatusAbout {
    return this.#line.textContent === '' ? null : this.#about
  }

  /** `about`: what must not change for the words to stay true. */
  say(words: string, about: StatusAbout = null): void {
    this.#about = about
    // Set only when it has changed: this is a live region, which screen readers read out.
    if (this.#line.textContent !== words) this.#line.textContent = words
  }

  /** The service answers again: what was said of it is over. */
  connected(): void {
    if (this.#about === 'connection') this.say('')
  }
}
