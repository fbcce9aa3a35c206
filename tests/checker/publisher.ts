import { setTimeout as sleep } from 'node:timers/promises'
import { ask, newKey } from '../support/processes/service.ts'
import type { Chance } from './chance.ts'
import type { Acknowledged } from './judge.ts'

const retryMs = 40
/** Whoever does not answer by then is asked again, with the same key. */
const answerMsMax = 8_000
const languages = ['en', 'fa', 'ru', 'uk', 'be', 'ro'] as const
export const topics = ['iran', 'ukraine', 'russia', 'afghanistan'] as const

/** An editor who notes what was acknowledged, and sends the same again until it is. */
export class Publisher {
  readonly acknowledged: Acknowledged[] = []
  readonly #chooseUrl: () => string
  readonly #name: string
  readonly #chance: Chance
  readonly #alerts: { readonly id: string; readonly tag: string }[] = []
  /** How often an answer was lost or refused. */
  retries = 0

  /** `chooseUrl`: the service of each request. */
  constructor(chooseUrl: () => string, name: string, chance: Chance) {
    this.#chooseUrl = chooseUrl
    this.#name = name
    this.#chance = chance
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#one()
      await sleep(this.#chance.between(20, 120))
    }
  }

  /** Posts until it is acknowledged; gives the seq. */
  async post(path: string, body: object): Promise<Acknowledged> {
    const key = newKey()
    for (;;) {
      const answer = await this.#try(path, body, key)
      if (answer !== null) {
        this.acknowledged.push(answer)
        return answer
      }
      this.retries += 1
      await sleep(retryMs)
    }
  }

  async #one(): Promise<void> {
    const { pick, next, some } = this.#chance
    const [former] = this.#alerts
    if (former !== undefined && next() < 0.25) {
      const kind = pick(['update', 'correction', 'retraction'])
      if (kind === 'retraction') this.#alerts.shift()
      const note = kind === 'update' ? {} : { note: { [former.tag]: 'It was not so.' } }
      const texts = kind === 'retraction' ? {} : { texts: { en: this.#text(`${kind} of ${former.id}`) } }
      await this.post(`/v1/alerts/${former.id}/${kind}`, { ...note, ...texts })
      return
    }
    const tags = some(languages, 0.5)
    const chosen = tags.length > 0 ? tags : [pick(languages)]
    const texts = Object.fromEntries(chosen.map((tag) => [tag, this.#text(tag)]))
    const level = pick(['flash', 'urgent', 'routine', 'routine'])
    const audience = next() < 0.1 ? 'test' : 'public'
    const made = await this.post('/v1/alerts', { level, audience, topics: some(topics, 0.3), texts })
    this.#alerts.unshift({ id: made.id, tag: chosen[0] ?? 'en' })
  }

  #text(what: string): object {
    return { headline: `${this.#name} ${this.acknowledged.length}: ${what}`, summary: 'What is known so far.' }
  }

  async #try(path: string, body: object, key: string): Promise<Acknowledged | null> {
    try {
      const answer = await ask(
        this.#chooseUrl(),
        'POST',
        path,
        body,
        { 'idempotency-key': key },
        AbortSignal.timeout(answerMsMax),
      )
      const text = await answer.text()
      if (answer.status >= 500) return null
      if (answer.status !== 201) throw new Refused(`${path}: ${answer.status} ${text}`)
      const { seq, alert } = JSON.parse(text) as { seq: number; alert: { id: string; version: number } }
      return { seq, id: alert.id, version: alert.version }
    } catch (error) {
      // A connection that broke, at whatever point: nobody knows whether it was taken.
      if (error instanceof Refused) throw error
      return null
    }
  }
}

class Refused extends Error {}
