/** Of questions that are asked again and again, tells which answer may be shown: one may be older than what another said. */
export class LatestRequest {
  #number = 0

  /** Begins a question. What it gives says whether none was begun since. */
  begin(): () => boolean {
    this.#number += 1
    const number = this.#number
    return () => number === this.#number
  }
}
