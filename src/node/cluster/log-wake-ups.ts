import type { AlertLog } from '../../log/log.ts'
import type { Peers } from './peers.ts'

type Deps = { readonly log: Pick<AlertLog, 'onAppend'>; readonly peers: Pick<Peers, 'wake' | 'onWake'> }

/** Wake-ups for a log that several processes write to. Each process wakes the others after its own appends. */
export class LogWakeUps {
  readonly #wakes = new Set<() => void>()
  readonly #silence: readonly (() => void)[]

  constructor({ log, peers }: Deps) {
    const heard = () => this.wake()
    this.#silence = [
      log.onAppend(() => {
        this.wake()
        peers.wake()
      }),
      peers.onWake(heard),
    ]
  }

  /** Wakes this process only: the log is ahead of its hub. */
  wake(): void {
    for (const wake of this.#wakes) wake()
  }

  onAppend(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => void this.#wakes.delete(wake)
  }

  close(): void {
    for (const silence of this.#silence) silence()
    this.#wakes.clear()
  }
}
