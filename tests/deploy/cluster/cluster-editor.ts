import { setTimeout as sleep } from 'node:timers/promises'
import { ask, english, newKey } from '../../support/processes/service.ts'

const retryMs = 50
const answerMsMax = 60_000

/** A status with its body, or why there was none. */
type Answer = string

/** An editor who publishes one alert after another, each until it is acknowledged, with one key an alert. */
export class ClusterEditor {
  /** The seqs of what was acknowledged. */
  readonly seqs: number[] = []
  /** Every answer that was not 201. */
  readonly refused: Answer[] = []
  readonly #url: string
  #isAtWork = true
  #work: Promise<void> | null = null

  constructor(url: string) {
    this.#url = url
  }

  /** Publishes until `end`, with a pause between. */
  begin(pauseMs: number): void {
    this.#work = (async () => {
      while (this.#isAtWork) {
        await this.publish()
        await sleep(pauseMs)
      }
    })()
  }

  async end(): Promise<void> {
    this.#isAtWork = false
    await this.#work
  }

  async publish(): Promise<number> {
    const key = newKey()
    const body = { level: 'urgent', ...english(`Alert ${key}`) }
    for (;;) {
      const answer = await this.#try(key, body)
      if (typeof answer !== 'string') {
        this.seqs.push(answer.seq)
        return answer.seq
      }
      this.refused.push(answer)
      await sleep(retryMs)
    }
  }

  async #try(key: string, body: object): Promise<{ readonly seq: number } | Answer> {
    const headers = { 'idempotency-key': key }
    try {
      const answer = await ask(this.#url, 'POST', '/v1/alerts', body, headers, AbortSignal.timeout(answerMsMax))
      if (answer.status === 201) return (await answer.json()) as { seq: number }
      const retryAfter = answer.headers.get('retry-after')
      return `${answer.status}${retryAfter === null ? '' : ` Retry-After: ${retryAfter}`} ${await answer.text()}`
    } catch (error) {
      return String(error)
    }
  }
}
