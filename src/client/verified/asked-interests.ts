import type { Alert, Rendered } from '../../domain/alert-types.ts'
import { type PlainInterest, plainInterest } from '../../protocol/terms/plain-interest.ts'
import type { Interest } from '../listen-options.ts'
import { isOfLevelAndTopics } from '../wanted-alerts.ts'

/** So many are remembered: an app that changes its interest more often while an entry is on its way may not be given that one. */
const interestsMax = 100

/** The interests that a listener has asked for so far. When one changes, what is on its way fits one before. */
export class AskedInterests {
  readonly #asked: PlainInterest[] = []

  constructor(first: Interest) {
    this.add(first)
  }

  add(interest: Interest): void {
    this.#asked.push(plainInterest(interest))
    if (this.#asked.length > interestsMax) this.#asked.shift()
  }

  /** Whether alerts come with all their texts. Where both were asked for, the alert tells in which form it is. */
  isWithAllTexts(alert: unknown): boolean {
    const forms = new Set(this.#asked.map(({ languages }) => languages === '*'))
    return forms.size === 1 ? forms.has(true) : 'texts' in Object(alert)
  }

  /** Whether an alert, which is genuine, is one that was asked for. */
  fits(alert: Rendered | Alert): boolean {
    return this.#asked.some((interest) => {
      const { languages } = interest
      const isOfLanguage = 'texts' in alert ? languages === '*' : languages.includes(alert.language)
      return isOfLanguage && isOfLevelAndTopics(interest, alert)
    })
  }
}
