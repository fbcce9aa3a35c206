import { render } from '../../domain/alert.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import { type Interest, parseInterestQuery } from '../../domain/interest.ts'
import { type Language, languageOf, type Newsroom } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import { lastCorrected } from '../../domain/rendering/last-correction.ts'
import type { AlertLog, Entry } from '../../log/log.ts'
import { renderEntry } from '../../log/sign-entry.ts'
import { feedParameters } from '../../protocol/interest-parameters.ts'
import { entryMessage } from '../../protocol/messages.ts'
import { type Query, readQuery } from '../../protocol/query-parameters.ts'
import { alertsBefore } from '../pages/list/older-alerts.ts'
import { type PageWords, wordsIn } from '../pages/page-words.ts'

const entriesMax = 50
/** The date of an empty feed. Atom requires one (RFC 4287 §4.2.15). */
const neverChanged = '1970-01-01T00:00:00.000Z'

/** The formats of feeds, by how their paths end; the longer first. */
export const feedEndings = ['.cap.atom', '.ninjs.json', '.atom', '.json'] as const
export type FeedEnding = (typeof feedEndings)[number]

/** What a feed is made of. */
export type FeedDeps = { readonly newsroom: Newsroom; readonly log: Pick<AlertLog, 'bounds' | 'recent' | 'history'> }

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
  /** The address of the part with the alerts before these (RFC 5005 §3); null: there are none. */
  readonly next: string | null
  /** Whether it begins with the newest alerts. */
  readonly isFirst: boolean
  /** The hub that tells subscribers of changes (W3C WebSub). */
  readonly hub: string
  readonly newsroom: Newsroom
  readonly alerts: readonly Rendered[]
  /** By the id of the alert, how its last correction left it: of those that were updated since. */
  readonly corrections: ReadonlyMap<string, Rendered>
  /** By the id of the alert, its entry as a stream sends it: what the proof in it is of. Only of those that have one. */
  readonly signed: ReadonlyMap<string, object>
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
  const parsers = (query: Query) => ({ interest: () => interestOf(query), before: () => query.before })
  const { interest, before } = readQuery(search, feedParameters, parsers, reading)
  const { entries, next } = await alertsBefore(log, interest, before, entriesMax)
  const { epoch } = await log.bounds()
  const path = `${origin}/feeds/${language.tag}${ending}`
  return {
    title: newsroom.name,
    language,
    words: wordsIn(language.tag, language.dir),
    origin,
    home: `${origin}/${language.tag}/`,
    self: `${path}${choiceQuery(interest)}`,
    next: next === null ? null : `${path}${choiceQuery(interest, { before: next })}`,
    isFirst: !before,
    hub: `${origin}/v1/websub`,
    newsroom,
    alerts: entries.map((entry) => renderEntry(entry, language.tag, newsroom)),
    corrections: new Map(entries.flatMap(({ alert }) => correctionOf(alert, language.tag, newsroom))),
    signed: new Map(entries.flatMap((entry) => signedEntry(entry, language.tag, epoch, newsroom))),
    movedAt: entries[0]?.at ?? '',
  } satisfies Feed
}

function correctionOf(alert: Entry['alert'], tag: string, newsroom: Newsroom): [string, Rendered][] {
  const corrected = lastCorrected(alert, tag)
  return corrected === null ? [] : [[alert.id, render(corrected, tag, newsroom)]]
}

function signedEntry(entry: Entry, tag: string, epoch: string, newsroom: Newsroom): [string, object][] {
  const { type: _, ...sent } = entryMessage(entry, tag, epoch, newsroom)
  return 'proof' in sent.alert ? [[entry.alert.id, sent]] : []
}

/** The query of a choice with what else is asked, from `?` on; '' where there is nothing to say. */
export function choiceQuery({ topics, level }: Pick<Interest, 'topics' | 'level'>, more = {}): string {
  const chosen = new URLSearchParams({
    ...(topics.length > 0 ? { topics: topics.join(',') } : {}),
    ...(level === 'routine' ? {} : { level }),
    ...more,
  }).toString()
  return chosen === '' ? '' : `?${chosen}`
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
