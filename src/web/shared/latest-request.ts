/** Of repeated requests, decides which response may be shown: responses can arrive out of order. */
export class LatestRequest {
  #number = 0

  /** Begins a request. The function that it returns tells whether no other has begun since. */
  begin(): () => boolean {
    this.#number += 1
    const number = this.#number
    return () => number === this.#number
  }
}
