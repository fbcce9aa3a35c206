import type { Level } from '../../domain/alert.ts'
import type { KnownNames } from '../../domain/interest.ts'

/** What a reader asked to be told of, and how. */
export type Preferences = {
  readonly languages: readonly string[]
  readonly topics: readonly string[]
  readonly level: Level
  readonly discreet: boolean
}

/**
 * What is left of a wish for a newsroom that may have given up languages and topics since; null where nothing is left of
 * a list, as none would mean more than was wished for.
 */
export function remainingPreferences(preferences: Preferences, known: KnownNames): Preferences | null {
  const languages = preferences.languages.filter((tag) => known.languages.some((it) => it.tag === tag))
  const topics = preferences.topics.filter((id) => known.topics.some((it) => it.id === id))
  if (languages.length === 0 || (topics.length === 0 && preferences.topics.length > 0)) return null
  return { ...preferences, languages, topics }
}
