import { type Alert, type Draft, type Kind, type Level, parseDraft, parseRevision } from './alert.ts'
import { type Change, refusePast } from './change.ts'
import type { AlertLog, Entry } from './log.ts'
import { languageOf, type Newsroom } from './newsroom.ts'
import { type PauseStore, refusePaused } from './pause.ts'
import { type Mistake, Problem } from './problem.ts'
import { textWarnings } from './text.ts'

type House = {
  readonly log: Pick<AlertLog, 'append' | 'latest'>
  readonly newsroom: Newsroom
  readonly pauses: Pick<PauseStore, 'current'>
  readonly now: () => number
  /** A new UUIDv7. */
  readonly newId: () => string
}

/** The desk: turns what an editor asks into changes in the log. It tells nobody; readers learn of it from the log. */
export class Desk {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /** Publishes an alert. Throws a Problem and publishes nothing when the input or the key is wrong, or while paused. */
  async publish(input: unknown, key: string, by: string): Promise<Entry> {
    const draft = parseDraft(input, this.#house.newsroom)
    return this.#append({ kind: 'alert', id: this.#house.newId(), draft, ...this.#made(draft.level, by) }, key)
  }

  /** Updates, corrects or retracts an alert; retractions pass also while paused. */
  async revise(kind: Exclude<Kind, 'alert'>, id: string, input: unknown, key: string, by: string): Promise<Entry> {
    const revision = parseRevision(kind, input, this.#house.newsroom)
    const latest = await this.#house.log.latest(id)
    const level = revision.level ?? latest?.alert.level ?? 'routine'
    return this.#append({ kind, id, revision, ...this.#made(level, by) }, key)
  }

  /** What an editor should look at twice. Nothing is stored. */
  rehearse(input: unknown): { readonly draft: Draft; readonly warnings: readonly Mistake[] } {
    const draft = parseDraft(input, this.#house.newsroom)
    refusePast(draft.expiresAt, new Date(this.#house.now()).toISOString())
    return { draft, warnings: this.warnings(draft.texts) }
  }

  warnings(texts: Alert['texts']): readonly Mistake[] {
    return Object.entries(texts).flatMap(([tag, text]) =>
      textWarnings(tag, text, languageOf(this.#house.newsroom, tag)?.script ?? 'Latn'),
    )
  }

  #made(level: Level, by: string): Pick<Change, 'at' | 'by' | 'expirySeconds'> {
    return {
      at: new Date(this.#house.now()).toISOString(),
      by,
      expirySeconds: this.#house.newsroom.expirySeconds[level],
    }
  }

  async #append(change: Change, key: string): Promise<Entry> {
    if (!/^[\x21-\x7e]{1,200}$/.test(key))
      throw new Problem(
        400,
        'idempotency-key-missing',
        'An Idempotency-Key header of 1 to 200 visible ASCII characters is wanted: one for each intention, the same again when you retry.',
      )
    const pause = await this.#house.pauses.current()
    return this.#house.log.append(change, key, (entry) => refusePaused(pause, entry))
  }
}
