import * as z from 'zod'
import { type Alert, type Audience, type Level, levels } from './alert-types.ts'
import { languageOf, type Newsroom } from './newsroom.ts'
import { namesIn, parse, quoted, wantedNot } from './parsing/parse.ts'
import { tooMany, uniqueList } from './parsing/unique-list.ts'
import { type Mistake, mistakesFor } from './problem.ts'

/**
 * What one reader wants: languages in order of preference (`*`: all, with all texts at once), topics (none: all), the
 * lowest level, and the reader's audience.
 */
export type Interest = {
  readonly audience: Audience
  /** A connection of the desk: it is sent both audiences and not counted as a reader. */
  readonly isDesk?: boolean
  readonly languages: readonly string[] | '*'
  readonly topics: readonly string[]
  readonly level: Level
}

const listMax = 40
const languagesWanted = ({ input }: { readonly input?: unknown }) =>
  wantedNot(`a list of 1 to ${listMax} language tags in order of preference, or "*" alone for all,`, input)

/** The JSON form, as in a subscription or a socket's `interest` message. */
export const interestSchema = z.strictObject({
  languages: z
    .union([z.literal('*'), z.array(z.string()).min(1).max(listMax)], { error: languagesWanted })
    .default('*'),
  topics: z
    .array(z.string())
    .max(listMax, { error: tooMany(listMax, 'topics') })
    .default([]),
  level: z.enum(levels).optional(),
})

/** The JSON form of a stored interest: a name that stands in it twice is refused, where a stream's interest drops it. */
export const storedInterestSchema = interestSchema.extend({
  languages: z
    .union(
      [z.literal('*'), uniqueList(listMax, 'languages').refine((tags) => tags.length > 0, { error: languagesWanted })],
      {
        error: languagesWanted,
      },
    )
    .default('*'),
  topics: uniqueList(listMax, 'topics').default([]),
})

/** Parses the JSON form. Throws a Problem (400) with every mistake, naming the known languages and topics. */
export function parseInterest(
  input: unknown,
  newsroom: Newsroom,
  given: { readonly level: Level } & Pick<Interest, 'audience' | 'isDesk'>,
): Interest {
  const { languages, topics, level } = parse(interestSchema, input, 'interest', (raw) => unknownIn(raw, newsroom))
  return {
    ...given,
    languages: languages === '*' ? '*' : [...new Set(languages.map((tag) => languageOf(newsroom, tag)?.tag ?? tag))],
    topics: [...new Set(topics)].sort(),
    level: level ?? given.level,
  }
}

/** Parses the query form, `languages=fa,en&topics=…&level=…`; an absent or empty value stands for the default. Throws a Problem (400). */
export function parseInterestQuery(
  query: { readonly languages?: string; readonly topics?: string; readonly level?: string },
  newsroom: Newsroom,
  given: { readonly level: Level } & Pick<Interest, 'audience' | 'isDesk'>,
): Interest {
  const list = (value: string | undefined) => (value ? itemsOf(value) : undefined)
  const languages = query.languages === '*' ? '*' : list(query.languages)
  const topics = list(query.topics)
  const body = {
    ...(languages === undefined ? {} : { languages }),
    ...(topics === undefined ? {} : { topics }),
    ...(query.level ? { level: query.level } : {}),
  }
  return parseInterest(body, newsroom, given)
}

/** The items of a comma-separated list, without empty ones; a list of commas alone keeps them, and is refused for it. */
function itemsOf(list: string): readonly string[] {
  const items = list.split(',').map((item) => item.trim())
  const said = items.filter((item) => item !== '')
  return said.length > 0 ? said : items
}

/** Mistakes for languages and topics that the newsroom does not have. `input` may have any form. */
export function unknownIn(input: unknown, newsroom: Newsroom): readonly Mistake[] {
  return unknownNamesIn(input, newsroom, ({ list }) => `/${list}`)
}

/** The same as `unknownIn`, with pointers to the items of the lists. */
export function unknownPointersIn(input: unknown, newsroom: KnownNames): readonly Mistake[] {
  return unknownNamesIn(input, newsroom, ({ list, at }) => `/${list}/${at}`)
}

/** The names that a newsroom has. */
export type KnownNames = {
  readonly languages: readonly { readonly tag: string }[]
  readonly topics: readonly { readonly id: string }[]
}

type Place = { readonly list: 'languages' | 'topics'; readonly at: number }

function unknownNamesIn(input: unknown, newsroom: KnownNames, pointerOf: (place: Place) => string): readonly Mistake[] {
  const { languages, topics } = Object(input)
  const tags = newsroom.languages.map((it) => it.tag)
  const spoken = new Set(tags.map((tag) => tag.toLowerCase()))
  const ids = new Set(newsroom.topics.map((topic) => topic.id))
  const [knownTags, knownIds] = [namesIn(tags), namesIn([...ids])]
  const strangeTags = textsIn(languages).filter(({ text }) => !spoken.has(text.toLowerCase()))
  const strangeIds = textsIn(topics).filter(({ text }) => !ids.has(text))
  return [
    ...mistakesFor(strangeTags, ({ at, text }) => ({
      pointer: pointerOf({ list: 'languages', at }),
      detail: `There is no language ${quoted(text)} here; known are ${knownTags}.${text === '*' ? allLanguages : ''}`,
    })),
    ...mistakesFor(strangeIds, ({ at, text }) => ({
      pointer: pointerOf({ list: 'topics', at }),
      detail: `There is no topic ${quoted(text)}; known are ${knownIds}.${/^(\*|all)$/.test(text) ? allTopics : ''}`,
    })),
  ]
}

/** For who writes a sign for everything into a list. */
const allLanguages = ' For all of them "*" stands alone, in place of a list.'
const allTopics = ' For all of them leave topics out.'

function textsIn(list: unknown): readonly { readonly at: number; readonly text: string }[] {
  return (Array.isArray(list) ? list : []).flatMap((text, at) => (typeof text === 'string' ? [{ at, text }] : []))
}

/**
 * The language in which a reader with this interest is sent this alert (`*`: all texts); null when it is not for them. The
 * only place where audience, level, topics and languages are compared, for streams, pushes, feeds and pages.
 */
export function matches(interest: Interest, alert: Alert): string | null {
  if (interest.audience !== alert.audience && interest.isDesk !== true) return null
  if (levels.indexOf(alert.level) > levels.indexOf(interest.level)) return null
  if (interest.topics.length > 0 && alert.topics.length > 0 && !alert.topics.some((it) => interest.topics.includes(it)))
    return null
  if (interest.languages === '*') return '*'
  return interest.languages.find((language) => Object.hasOwn(alert.texts, language)) ?? null
}

/** A text that is equal for interests that match the same alerts in the same way. */
export function interestKey({ audience, isDesk, languages, topics, level }: Interest): string {
  return `${isDesk ? 'desk' : audience}|${languages === '*' ? '*' : languages.join(',')}|${topics.join(',')}|${level}`
}

/** The query form of an interest: `languages=fa,en&level=urgent`. */
export function interestQuery({ audience, languages, topics, level }: Interest): string {
  return [
    `languages=${languages === '*' ? '*' : languages.join(',')}`,
    ...(topics.length > 0 ? [`topics=${topics.join(',')}`] : []),
    `level=${level}`,
    ...(audience === 'test' ? ['audience=test'] : []),
  ].join('&')
}
