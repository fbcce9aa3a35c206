import { expect } from 'vitest'
import { type Listening, listen } from '../../../src/client/listen.ts'

const transports = ['socket', 'events'] as const

/** Readers by the client that apps use, half by sockets and half by event streams. */
export class ClusterReaders {
  readonly #listening: Listening[] = []
  readonly #heard: number[][] = []
  readonly #timesLive: number[] = []
  readonly #resets: string[] = []

  /** Starts so many, and resolves when all are live. */
  async begin(url: string, count: number): Promise<void> {
    for (let nth = 0; nth < count; nth += 1) {
      const heard: number[] = []
      this.#heard.push(heard)
      this.#timesLive.push(0)
      const reader = listen({
        ...{ url, languages: ['en'], transport: transports[nth % 2] ?? 'socket' },
        // Ten times as eager as in life, where a test would be too long.
        world: { random: () => Math.random() / 10 },
        onEntry: ({ seq }) => void heard.push(seq),
        onReset: ({ reason }) => void this.#resets.push(reason),
        onState: (state) => {
          if (state === 'live') this.#timesLive[nth] = (this.#timesLive[nth] ?? 0) + 1
        },
      })
      this.#listening.push(reader)
    }
    await expect.poll(() => Math.min(...this.#timesLive)).toBe(1)
  }

  /** How many have come back, once or more often. */
  get returned(): number {
    return this.#timesLive.filter((times) => times > 1).length
  }

  /** Waits until every one has heard up to a seq; fails unless each has heard exactly these, in order, and without a reset. */
  async heard(seqs: readonly number[]): Promise<void> {
    const last = seqs.at(-1)
    await expect.poll(() => this.#heard.filter((it) => it.at(-1) !== last).length, { timeout: 120_000 }).toBe(0)
    for (const it of this.#heard) expect(it).toEqual(seqs)
    expect(this.#resets).toEqual([])
  }

  end(): void {
    for (const it of this.#listening.splice(0)) it.close()
  }
}
