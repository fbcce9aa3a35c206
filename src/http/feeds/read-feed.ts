import { render } from '../../domain/alert.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import { parseInterestQuery } from '../../domain/interest.ts'
import { type Language, languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import type { AlertLog } from '../../log/log.ts'
import { feedParameters } from '../../protocol/interest-parameters.ts'
import { type Query, readQuery } from '../../protocol/query-parameters.ts'
import { type PageWords, wordsIn } from '../pages/page-words.ts'

const entriesMax = 50
/** The date of an empty feed. Atom requires one (RFC 4287 §4.2.15). */
const neverChanged = '1970-01-01T00:00:00.000Z'

/** The formats of feeds, by how their paths end; the longer first. */
export const feedEndings = ['.cap.atom', '.ninjs.json', '.atom', '.json'] as const
export type FeedEnding = (typeof feedEndings)[number]

/** What a feed is made of. */
export type FeedDeps = { readonly newsroom: Newsroom; readonly log: Pick<AlertLog, 'recent'> }

/** Which feed is asked for. `origin`: what its links begin with. `file`: the last part of its path, such as `fa.atom`. */
export type FeedRequest = {
  readonly origin: string
  readonly file: string
  readonly ending: FeedEnding
  readonly search: URLSearchParams
}

/** The alerts of one language, for readers of feeds. */
export type Feed = {
  readonly title: string
  readonly language: Language
  readonly words: PageWords
  /** What its links begin with. */
  readonly origin: string
  /** The page of the language. */
  readonly home: string
  /** The feed's own address: one for each choice of alerts, in whatever words it was asked for. */
  readonly self: string
  /** The hub that tells subscribers of changes (W3C WebSub). */
  readonly hub: string
  readonly newsroom: Newsroom
  readonly alerts: readonly Rendered[]
  /**
   * The time of its newest entry, for clients that compare dates only: an entry can add or move an alert although it
   * changes nothing in the feed's language. '' where the feed has no entry.
   */
  readonly movedAt: string
}

/** Reads a feed. Throws a Problem: 404 for a language that there is not, 400 for a choice that cannot be made. */
export async function readFeed({ newsroom, log }: FeedDeps, { origin, file, ending, search }: FeedRequest) {
  const tag = file.slice(0, -ending.length)
  const language = languageOf(newsroom, tag)
  if (language === undefined) throw unknownLanguage(tag, ending, newsroom)
  const reading = { passesOverTracking: true }
  const from = { level: 'routine', audience: 'public' } as const
  const interestOf = (query: Query) => parseInterestQuery({ ...query, languages: language.tag }, newsroom, from)
  const { interest } = readQuery(search, feedParameters, (query) => ({ interest: () => interestOf(query) }), reading)
  const entries = await log.recent(interest, entriesMax)
  const chosen = new URLSearchParams({
    ...(interest.topics.length > 0 ? { topics: interest.topics.join(',') } : {}),
    ...(interest.level === 'routine' ? {} : { level: interest.level }),
  }).toString()
  return {
    title: newsroom.name,
    language,
    words: wordsIn(language.tag, language.dir),
    origin,
    home: `${origin}/${language.tag}/`,
    self: `${origin}/feeds/${language.tag}${ending}${chosen === '' ? '' : `?${chosen}`}`,
    hub: `${origin}/v1/websub`,
    newsroom,
    alerts: entries.map(({ alert }) => render(alert, language.tag, newsroom)),
    movedAt: entries[0]?.at ?? '',
  } satisfies Feed
}

function unknownLanguage(tag: string, ending: string, newsroom: Newsroom): Problem {
  const known = newsroom.languages.map((it) => it.tag).join(', ')
  return new Problem(
    404,
    'no-such-feed',
    `There is no feed in ${JSON.stringify(tag.slice(0, 60))}. Ask for /feeds/{language}${ending} with one of: ${known}.`,
  )
}

/**
 * The time of the last change in the feed's language. A full feed has the time of its newest entry: changes in other
 * languages can push the alert that changed last out of it, and its date must not go back. No alert leaves a feed that
 * is not full, because a change never lowers a level and never removes a topic.
 */
export function lastChange({ alerts, movedAt }: Feed): string {
  if (alerts.length >= entriesMax) return movedAt
  const changes = alerts.map(({ changedAt }) => changedAt).sort()
  return changes.at(-1) ?? neverChanged
}
