import { z } from 'zod'
import { languageOf, type Newsroom } from './newsroom.ts'
import { parse } from './parse.ts'
import { invalid } from './problem.ts'
import { retractionNotice } from './retraction-notice.ts'
import { cleanText } from './text.ts'

/** The wire agencies' words, most pressing first; only flash and urgent are pushed by default. */
export const levels = ['flash', 'urgent', 'routine'] as const
export type Level = (typeof levels)[number]

export type Audience = 'public' | 'test'

/** What an editor did to an alert. */
export type Kind = 'alert' | 'update' | 'correction' | 'retraction'

/** How an alert stands: the word for the last change made to it. */
export type Status = 'live' | 'updated' | 'corrected' | 'retracted'

export type Image = { readonly url: string; readonly alt: string }

/** An alert in one language. Lengths in code points: headline 1–200, summary 0–1,000. */
export type Text = {
  readonly headline: string
  readonly summary: string
  readonly url?: string | undefined
  readonly image?: Image | undefined
}

/** How an alert stands in one language: what was last done there, when, and what was wrong. */
export type Standing = { readonly status: Status; readonly changedAt: string; readonly note?: string | undefined }

/** The editorial thing. Its `id` (a UUIDv7) is stable through all changes; times are RFC 3339 in UTC with milliseconds. */
export type Alert = {
  readonly id: string
  readonly version: number
  readonly level: Level
  readonly audience: Audience
  readonly topics: readonly string[]
  readonly status: Status
  readonly texts: Readonly<Record<string, Text>>
  readonly note?: Readonly<Record<string, string>> | undefined
  /** The languages that the last correction said nothing in, each as it stands there. */
  readonly untouched?: Readonly<Record<string, Standing>> | undefined
  readonly publishedAt: string
  readonly changedAt: string
  readonly expiresAt: string
}

/** The limits of an alert; characters are code points. */
export const alertLimits = {
  headlineMax: 200,
  summaryMax: 1_000,
  noteMax: 1_000,
  languagesMax: 40,
  topicsMax: 10,
} as const
const { headlineMax, summaryMax, noteMax, languagesMax, topicsMax } = alertLimits
const urlMax = 2_048

const cleaned = (min: number, max: number, what: string) =>
  z
    .string()
    .max(max * 4, { error: `The ${what} is far too long: at most ${max} characters.` })
    .transform(cleanText)
    .refine((text) => [...text].length >= min, { error: `The ${what} is empty; at least ${min} character is wanted.` })
    .refine((text) => [...text].length <= max, { error: `The ${what} is too long: at most ${max} characters.` })

const httpsUrl = z
  .string()
  .max(urlMax)
  .refine(isPlainHttps, { error: 'An https address without user name or password is wanted.' })
  .transform((url) => new URL(url).href)

function isPlainHttps(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, username, password } = new URL(url)
  return protocol === 'https:' && username === '' && password === ''
}

const instant = z.iso
  .datetime({ offset: true, error: 'A time as of RFC 3339 is wanted, such as 2026-03-01T12:00:00Z.' })
  .transform((time) => new Date(time).toISOString())

export const textSchema = z.strictObject({
  headline: cleaned(1, headlineMax, 'headline'),
  summary: cleaned(0, summaryMax, 'summary').default(''),
  url: httpsUrl.optional(),
  image: z.strictObject({ url: httpsUrl, alt: cleaned(1, 300, 'image description') }).optional(),
})

const textsSchema = z
  .record(z.string(), textSchema)
  .refine((texts) => Object.keys(texts).length > 0, { error: 'At least one language is wanted.' })
  .refine((texts) => Object.keys(texts).length <= languagesMax, { error: `At most ${languagesMax} languages.` })

const topicsSchema = z
  .array(z.string())
  .max(topicsMax, { error: `At most ${topicsMax} topics.` })
  .transform((topics) => [...new Set(topics)].sort())

const noteSchema = z
  .record(z.string(), cleaned(1, noteMax, 'note'))
  .refine((note) => Object.keys(note).length > 0, { error: 'Say in at least one language what was wrong.' })

/** The body of `POST /v1/alerts`. */
export const draftSchema = z.strictObject({
  level: z.enum(levels),
  topics: topicsSchema.default([]),
  texts: textsSchema,
  audience: z.enum(['public', 'test']).default('public'),
  expiresAt: instant.optional(),
})

/** The body of `POST /v1/alerts/{id}/update`: what is left out stays as it is. */
export const updateSchema = z.strictObject({
  level: z.enum(levels).optional(),
  topics: topicsSchema.optional(),
  texts: textsSchema.optional(),
  note: noteSchema.optional(),
  expiresAt: instant.optional(),
})

/** The body of `POST /v1/alerts/{id}/correction`. */
export const correctionSchema = updateSchema.extend({ note: noteSchema })

/** The body of `POST /v1/alerts/{id}/retraction`. */
export const retractionSchema = z.strictObject({ note: noteSchema })

/** What an editor wrote, parsed: what becomes an alert once published. */
export type Draft = z.output<typeof draftSchema>

/** What an editor changes of an alert, parsed. */
export type Revision = z.output<typeof updateSchema>

const revisionSchemas = { update: updateSchema, correction: correctionSchema, retraction: retractionSchema }

/** Parses a new alert. Throws a Problem (400) with every mistake, unknown languages and topics included. */
export function parseDraft(input: unknown, newsroom: Newsroom): Draft {
  const draft = parse(draftSchema, input, 'alert')
  refuseUnknown(draft, newsroom, 'alert')
  return draft
}

/** Parses an update, a correction or a retraction. Throws a Problem (400) with every mistake. */
export function parseRevision(kind: Exclude<Kind, 'alert'>, input: unknown, newsroom: Newsroom): Revision {
  const revision: Revision = parse(revisionSchemas[kind], input, kind)
  refuseUnknown(revision, newsroom, kind)
  if (Object.values(revision).every((value) => value === undefined))
    throw invalid(kind, [{ pointer: '', detail: 'It changes nothing: give texts, topics, level, note or expiresAt.' }])
  return revision
}

function refuseUnknown(
  { texts = {}, note = {}, topics = [] }: Pick<Revision, 'texts' | 'note' | 'topics'>,
  newsroom: Newsroom,
  what: string,
): void {
  const tags = newsroom.languages.map((language) => language.tag)
  const ids = newsroom.topics.map((topic) => topic.id)
  const strange = (field: string, record: object) =>
    Object.keys(record)
      .filter((tag) => languageOf(newsroom, tag)?.tag !== tag)
      .map((tag) => ({
        pointer: `/${field}/${tag.slice(0, 40).replaceAll('~', '~0').replaceAll('/', '~1')}`,
        detail: `This newsroom does not publish in that language; it knows ${tags.join(', ')}.`,
      }))
  const errors = [
    ...strange('texts', texts),
    ...strange('note', note),
    ...topics
      .filter((topic) => !ids.includes(topic))
      .map((topic) => ({
        pointer: '/topics',
        detail: `There is no topic ${JSON.stringify(topic.slice(0, 60))}; known are ${ids.join(', ') || 'none'}.`,
      })),
  ]
  if (errors.length > 0) throw invalid(what, errors)
}

/** An alert as one reader sees it: one language's text in the place of all. */
export type Rendered = Omit<Alert, 'texts' | 'note' | 'untouched'> & {
  readonly language: string
  readonly dir: 'ltr' | 'rtl'
  readonly headline: string
  readonly summary: string
  readonly url?: string | undefined
  readonly image?: Image | undefined
  readonly note?: string | undefined
}

/** How an alert stands in one of its languages. */
export function standingIn({ status, changedAt, note, untouched }: Alert, language: string): Standing {
  const own = untouched !== undefined && Object.hasOwn(untouched, language) ? untouched[language] : undefined
  if (own !== undefined) return own
  const words = note !== undefined && Object.hasOwn(note, language) ? note[language] : undefined
  return { status, changedAt, ...(words === undefined ? {} : { note: words }) }
}

/**
 * Renders an alert in one of its languages. The note comes in that language or not at all: a reader is never shown a
 * sentence in a language they did not choose. Of a retracted alert only the headline is left, to say which one it was,
 * and where nobody wrote a note, the language's own notice stands in its place.
 */
export function render(alert: Alert, language: string, newsroom: Pick<Newsroom, 'languages'>): Rendered {
  const text = Object.hasOwn(alert.texts, language) ? alert.texts[language] : undefined
  if (text === undefined) throw new Error(`alert ${alert.id} has no text in ${language}`)
  const { texts, note: _, untouched, ...rest } = alert
  const { note, ...standing } = standingIn(alert, language)
  const retracted = standing.status === 'retracted'
  const words = note ?? (retracted ? retractionNotice(language) : undefined)
  return {
    ...rest,
    ...standing,
    language,
    dir: languageOf(newsroom, language)?.dir ?? 'ltr',
    ...(retracted ? { headline: text.headline, summary: '' } : text),
    ...(words === undefined ? {} : { note: words }),
  }
}
