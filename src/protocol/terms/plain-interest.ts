import type { Level } from '../../domain/alert-types.ts'
import { languageTagOf } from '../../domain/parsing/language-tag.ts'

/** An interest in the one form that two of them can be compared in. */
export type PlainInterest = {
  /** As newsrooms write their tags: in the usual case (RFC 5646 §2.1.1). */
  readonly languages: '*' | readonly string[]
  readonly topics: readonly string[]
  readonly level: Level | undefined
}

/** What an app asks for, in a form that the service takes. */
type Given = {
  readonly languages?: readonly string[] | '*' | undefined
  readonly topics?: readonly string[] | undefined
  readonly level?: Level | undefined
}

/** An interest as the service reads it, which is sent lists with commas, and takes languages in any case. */
export function plainInterest({ languages, topics, level }: Given): PlainInterest {
  const tags = new Set(itemsIn(languages === '*' ? [] : languages).map((tag) => languageTagOf(tag) ?? tag))
  const isAll = tags.size === 0 || tags.has('*')
  return { languages: isAll ? '*' : [...tags], topics: [...new Set(itemsIn(topics))], level }
}

/** The items of a list that is sent with commas. */
function itemsIn(list: readonly string[] = []): readonly string[] {
  const items = list.join(',').split(',')
  return items.map((item) => item.trim()).filter((item) => item !== '')
}
