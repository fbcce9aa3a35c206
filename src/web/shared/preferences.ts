import type { Level } from '../../domain/alert-types.ts'
import type { KnownNames } from '../../domain/interest.ts'

/** Which alerts a reader wants as notifications, and how. */
export type Preferences = {
  readonly languages: readonly string[]
  readonly topics: readonly string[]
  readonly level: Level
  readonly discreet: boolean
}

/**
 * What is left of an interest when the newsroom has removed languages or topics since; null where a list would become
 * empty, as an empty list means everything.
 */
export function remainingPreferences(preferences: Preferences, known: KnownNames): Preferences | null {
  const languages = preferences.languages.filter((tag) => known.languages.some((it) => it.tag === tag))
  const topics = preferences.topics.filter((id) => known.topics.some((it) => it.id === id))
  if (languages.length === 0 || (topics.length === 0 && preferences.topics.length > 0)) return null
  return { ...preferences, languages, topics }
}
