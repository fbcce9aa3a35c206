import type { AlertLog } from '../../log/log.ts'
import type { Kin } from './peers.ts'

type Parts = { readonly log: Pick<AlertLog, 'onAppend'>; readonly kin: Pick<Kin, 'ring' | 'onRing'> }

/** The bell of a log that several processes write: rings for appends here and there, and tells the others of ours. */
export class LogBell {
  readonly #rings = new Set<() => void>()
  readonly #silence: readonly (() => void)[]

  constructor({ log, kin }: Parts) {
    const heard = () => this.ring()
    this.#silence = [
      log.onAppend(() => {
        this.ring()
        kin.ring()
      }),
      kin.onRing(heard),
    ]
  }

  /** Rings here alone: the log is ahead of us. */
  ring(): void {
    for (const ring of this.#rings) ring()
  }

  onAppend(ring: () => void): () => void {
    this.#rings.add(ring)
    return () => void this.#rings.delete(ring)
  }

  close(): void {
    for (const silence of this.#silence) silence()
    this.#rings.clear()
  }
}
