import type { AlertLog } from '../../log/log.ts'
import type { Peers } from './peers.ts'

/** Where wake-ups come from: they may come late, twice or for nothing. Also after it had lost its connection. */
export type WakeUpSource = {
  /** Calls `wake` at each wake-up. Returns a function that unsubscribes. */
  onWake(wake: () => void): () => void
}

type Deps = {
  readonly log: Pick<AlertLog, 'onAppend'>
  readonly peers: Pick<Peers, 'wake'> & WakeUpSource
  /** Wakes this process for appends on other machines; null: none. */
  readonly others?: WakeUpSource | null
}

/**
 * Wake-ups for a log that several processes write to, from three sources: this process's own appends (a callback), those of
 * its siblings (IPC), and those of other machines. The siblings are woken for the first and the last.
 */
export class LogWakeUps {
  readonly #wakes = new Set<() => void>()
  readonly #silence: readonly (() => void)[]

  constructor({ log, peers, others = null }: Deps) {
    const wakeAll = () => {
      this.wake()
      peers.wake()
    }
    const silence = [log.onAppend(wakeAll), peers.onWake(() => this.wake())]
    if (others !== null) silence.push(others.onWake(wakeAll))
    this.#silence = silence
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
