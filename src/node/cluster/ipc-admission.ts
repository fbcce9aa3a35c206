import type { AddressCounter } from '../streams/admission.ts'
import type { ToPrimary } from './ipc-messages.ts'

const requestsMax = 10_000
/** Longer than a busy primary takes, in milliseconds. A primary that hangs must not keep readers out. */
const answerTimeoutMs = 1_000

/** A child's client of the address counts, which the primary keeps. */
export class IpcAdmission implements AddressCounter {
  readonly #send: (message: ToPrimary) => void
  readonly #asking = new Map<number, (answer: 'taken' | 'none' | 'unknown') => void>()
  #asked = 0

  constructor(send: (message: ToPrimary) => void) {
    this.#send = send
  }

  take(address: string): Promise<'taken' | 'none' | 'unknown'> {
    if (this.#asking.size >= requestsMax) return Promise.resolve('unknown')
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.receive(id, 'unknown'), answerTimeoutMs)
      this.#asking.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      this.#send({ type: 'take', id, address })
    })
  }

  give(address: string): void {
    this.#send({ type: 'give', address })
  }

  receive(id: number, answer: 'taken' | 'none' | 'unknown'): void {
    const settle = this.#asking.get(id)
    this.#asking.delete(id)
    settle?.(answer)
  }
}
