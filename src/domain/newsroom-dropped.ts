import { localeTagOf } from '../locales/locales.ts'
import type { Interest } from './interest.ts'
import { type Language, languageOf, type Newsroom, usualLanguage } from './newsroom.ts'
import { quoted } from './parsing/parse.ts'
import { counted } from './plural.ts'
import { templateLines } from './templates/newsroom-templates.ts'

/** The languages and topics that alerts were published in. */
export type Published = { readonly languages: readonly string[]; readonly topics: readonly string[] }

/** The languages and topics of an interest that the newsroom has dropped. */
export function droppedNames(newsroom: Newsroom, { languages, topics }: Pick<Interest, 'languages' | 'topics'>) {
  return {
    languages: languages === '*' ? [] : languages.filter((tag) => languageOf(newsroom, tag) === undefined),
    topics: topics.filter((id) => !newsroom.topics.some((topic) => topic.id === id)),
  }
}

/** The newsroom together with the languages and topics of an interest that it has dropped. */
export function withNamesOf(newsroom: Newsroom, interest: Pick<Interest, 'languages' | 'topics'>): Newsroom {
  const { languages, topics } = droppedNames(newsroom, interest)
  return {
    ...newsroom,
    languages: [...newsroom.languages, ...languages.map(usualLanguage)],
    topics: [...newsroom.topics, ...topics.map((id) => ({ id, labels: {} }))],
  }
}

/** The languages with these tags, in the newsroom's order; last those that it has dropped, in the order of the tags. */
export function languagesWithDropped({ languages }: Pick<Newsroom, 'languages'>, tags: readonly string[]): Language[] {
  const kept = languages.filter(({ tag }) => tags.includes(tag))
  const dropped = tags.filter((tag) => !languages.some((it) => it.tag === tag))
  return [...kept, ...dropped.map(usualLanguage)]
}

/** A sentence for the operator about languages and topics that stored subscriptions name and the newsroom has dropped; null: none. */
export function droppedInterestsLine(
  newsroom: Newsroom,
  counts: readonly { readonly interest: Interest; readonly count: number }[],
): string | null {
  const names = new Set<string>()
  let subscriptions = 0
  for (const { interest, count } of counts) {
    const { languages, topics } = droppedNames(newsroom, interest)
    if (languages.length + topics.length > 0) subscriptions += count
    for (const tag of languages) names.add(`the language ${quoted(tag)}`)
    for (const id of topics) names.add(`the topic ${quoted(id)}`)
  }
  if (subscriptions === 0) return null
  const preferences = subscriptions === 1 ? 'wishes' : 'wish'
  return `${counted(subscriptions, 'subscription')} ${preferences} for what the newsroom has no more (${[...names].sort().join(', ')}): they stay as they are and are told only what else they wish for, which may be nothing. Put it back into NEWSROOM if that is not meant.`
}

/**
 * What the operator is told of the newsroom at start: blanks that a template's language lacks, languages that readers see English
 * words beside, and what was dropped.
 */
export function newsroomWarnings(newsroom: Newsroom, published: Published): readonly string[] {
  return [...templateLines(newsroom.templates), ...wordlessLines(newsroom), ...droppedLines(newsroom, published)]
}

/** A sentence for the operator about the languages without words of their own; none where each has them. */
function wordlessLines({ languages }: Pick<Newsroom, 'languages'>): readonly string[] {
  const tags = languages.map(({ tag }) => tag).filter((tag) => localeTagOf(tag) === undefined)
  if (tags.length === 0) return []
  const names = `${tags.length === 1 ? 'the language' : 'the languages'} ${tags.map(quoted).join(', ')}`
  return [
    `There are no words of ${names}: beside its alerts readers see English, and a retraction without a note is told in English. src/locales/README.md says how to add a language.`,
  ]
}

/** A sentence for the operator about each language and topic of published alerts that the newsroom has dropped. */
export function droppedLines(newsroom: Newsroom, published: Published): readonly string[] {
  const languages = published.languages.filter((tag) => languageOf(newsroom, tag) === undefined)
  const topics = published.topics.filter((id) => !newsroom.topics.some((topic) => topic.id === id))
  return [
    ...languages.map(
      (tag) =>
        `The newsroom has no language ${quoted(tag)} any more, but there are alerts in it: nobody can choose it, and its page and feeds answer 404 now; the alerts keep pages of their own. Put it back into NEWSROOM if that is not meant.`,
    ),
    ...topics.map(
      (id) =>
        `The newsroom has no topic ${quoted(id)} any more, but there are alerts under it: they stay, without its label, and nobody can choose it. Put it back into NEWSROOM if that is not meant.`,
    ),
  ]
}
