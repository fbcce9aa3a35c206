import { setTimeout as sleep } from 'node:timers/promises'
import { publish, type Running } from '../../support/processes/service.ts'
import { Worker } from '../common/processes.ts'
import { type ClientOrder, clockMicroseconds } from '../common/words.ts'

/** Between two alerts. */
export const roundMs = 150
const headline = 'Monitors leave the valley'
const summary = 'They say that it is not safe to stay, and that those who live there were not told. '.repeat(4)
export const texts = { en: { headline, summary } }

/** Readers on WebSockets in a process of their own, and how long an alert takes to the last of them. */
export class Readers {
  readonly #worker: Worker
  readonly #service: Pick<Running, 'url'>

  /** `core`: the one that the readers are kept to; null: none. */
  constructor(service: Pick<Running, 'url'>, core: number | null) {
    this.#worker = new Worker(new URL('./client.ts', import.meta.url), core)
    this.#service = service
  }

  async connect(count: number): Promise<void> {
    const dialect = { paths: ['/v1/socket?languages=en'], greetings: 1 }
    const port = Number(new URL(this.#service.url).port)
    await this.#worker.ask({ do: 'connect', port, count, dialect } satisfies ClientOrder, 'connected')
  }

  /** From the request to publish until the last reader has a routine alert, which is not pushed; in milliseconds. */
  async alertMs(): Promise<number> {
    await sleep(roundMs)
    const { lastAt } = await this.listen()
    const beganAt = clockMicroseconds()
    await publish(this.#service.url, { level: 'routine', texts })
    return ((await lastAt) - beganAt) / 1_000
  }

  /** Prepares for an alert; `lastAt` is when the last of these readers has it, in microseconds of `clockMicroseconds`. */
  async listen(): Promise<{ readonly lastAt: Promise<number> }> {
    await this.#worker.ask({ do: 'expect' } satisfies ClientOrder, 'expecting')
    const heard = this.#worker.next<{ lastAt: number }>('lastAt')
    heard.catch(() => {})
    return { lastAt: heard.then(({ lastAt }) => lastAt) }
  }

  async alerts(rounds: number): Promise<number[]> {
    const delays: number[] = []
    for (let round = 0; round < rounds; round += 1) delays.push(await this.alertMs())
    return delays
  }

  end(): Promise<void> {
    return this.#worker.end()
  }
}
