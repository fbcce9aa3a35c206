import type { AddressCounter } from '../streams/admission.ts'
import type { ToPrimary } from './ipc-messages.ts'

const asksMax = 10_000
/** Longer than a primary takes that is only busy; one that stands still must not keep readers out. */
const patienceMs = 1_000

/** A child's way to the places that the primary counts. */
export class IpcAdmission implements AddressCounter {
  readonly #say: (message: ToPrimary) => void
  readonly #asking = new Map<number, (answer: 'taken' | 'none' | 'unknown') => void>()
  #asked = 0

  constructor(say: (message: ToPrimary) => void) {
    this.#say = say
  }

  take(address: string): Promise<'taken' | 'none' | 'unknown'> {
    if (this.#asking.size >= asksMax) return Promise.resolve('unknown')
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.hear(id, 'unknown'), patienceMs)
      this.#asking.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      this.#say({ type: 'take', id, address })
    })
  }

  give(address: string): void {
    this.#say({ type: 'give', address })
  }

  hear(id: number, answer: 'taken' | 'none' | 'unknown'): void {
    const settle = this.#asking.get(id)
    this.#asking.delete(id)
    settle?.(answer)
  }
}
