import * as z from 'zod'
import {
  type Alert,
  audiences,
  type Kind,
  type LanguageStatus,
  levels,
  type Rendered,
  type RenderingInputs,
} from './alert-types.ts'
import { languageOf, type Newsroom } from './newsroom.ts'
import { httpsUrl, instant, optionalText, requiredText, urlMax } from './parsing/fields.ts'
import { nearestTag } from './parsing/language-tag.ts'
import { nearest } from './parsing/nearest.ts'
import { namesIn, parse, pointerTo, quoted } from './parsing/parse.ts'
import { uniqueList } from './parsing/unique-list.ts'
import { invalid, type Mistake, mistakesFor } from './problem.ts'
import { renderWith, statusIn } from './rendering/in-language.ts'
import { retractionNotice } from './rendering/retraction-notice.ts'
import { sentAlert } from './rendering/sent-alert.ts'
import { dirOf } from './text.ts'

/** The limits of an alert; characters are code points. */
export const alertLimits = {
  headlineMax: 200,
  summaryMax: 1_000,
  noteMax: 1_000,
  imageAltMax: 300,
  urlMax,
  /** How long after a change an expiry may lie; a later one is taken for a mistake. */
  expiresInSecondsMax: 30 * 24 * 60 * 60,
  languagesMax: 40,
  topicsMax: 10,
} as const
const { headlineMax, summaryMax, noteMax, imageAltMax, languagesMax, topicsMax } = alertLimits

const imageSchema = z.strictObject({ url: httpsUrl, alt: requiredText(imageAltMax, 'image description') })

const textSchema = z.strictObject({
  headline: requiredText(headlineMax, 'headline'),
  summary: optionalText(summaryMax, 'summary').default(''),
  url: httpsUrl.optional(),
  image: imageSchema.optional(),
})

/** A text in a revision: a field that is left out stays, null removes it. A headline can only be replaced. */
const textChangeSchema = z
  .strictObject({
    headline: textSchema.shape.headline.optional(),
    summary: optionalText(summaryMax, 'summary').nullable().optional(),
    url: httpsUrl.nullable().optional(),
    image: imageSchema.partial().nullable().optional(),
  })
  .refine((text) => Object.values(text).some((value) => value !== undefined), {
    params: { code: 'nothing-new' },
    error: 'It changes nothing: give headline, summary, url or image. What is left out stays, null removes it.',
  })

const languagesFrom1 = { error: 'At least one language is wanted.', params: { code: 'no-language' } }
const languagesAtMost = {
  error: `At most ${languagesMax} languages.`,
  params: { code: 'too-large', values: { most: languagesMax } },
}
const isSome = (texts: object) => Object.keys(texts).length > 0
const isFewEnough = (texts: object) => Object.keys(texts).length <= languagesMax

const topicsSchema = uniqueList(topicsMax, 'topics').transform((topics) => topics.toSorted())

const noteSchema = z
  .record(z.string(), requiredText(noteMax, 'note'))
  .refine(isSome, { error: 'Say in at least one language what was wrong.', params: { code: 'no-note' } })

/** The body of `POST /v1/alerts`. */
export const draftSchema = z.strictObject({
  level: z.enum(levels),
  topics: topicsSchema.default([]),
  texts: z.record(z.string(), textSchema).refine(isSome, languagesFrom1).refine(isFewEnough, languagesAtMost),
  audience: z.enum(audiences).default('public'),
  expiresAt: instant.optional(),
})

/** The version that the editor saw; when it is not the newest any more, the revision is refused (409 `alert-changed`). */
const version = z.int().min(1).optional()

/** The body of `POST /v1/alerts/{id}/update`. A field that is left out stays as it is. */
export const updateSchema = z.strictObject({
  version,
  level: z.enum(levels).optional(),
  topics: topicsSchema.optional(),
  texts: z
    .record(z.string(), textChangeSchema)
    .refine(isSome, languagesFrom1)
    .refine(isFewEnough, languagesAtMost)
    .optional(),
  note: noteSchema.optional(),
  expiresAt: instant.optional(),
})

/** The body of `POST /v1/alerts/{id}/correction`. */
export const correctionSchema = updateSchema.extend({ note: noteSchema })

/** The body of `POST /v1/alerts/{id}/retraction`. */
export const retractionSchema = z.strictObject({ version, note: noteSchema })

/** A new alert as an editor wrote it, parsed. */
export type Draft = z.output<typeof draftSchema>

/** A revision of an alert, parsed. */
export type Revision = z.output<typeof updateSchema>

/** A revision of one language's text, parsed. */
export type TextChange = z.output<typeof textChangeSchema>

const revisionSchemas = { update: updateSchema, correction: correctionSchema, retraction: retractionSchema }

/** An alert's id in lower case, as it is stored. UUIDs are compared without case (RFC 9562 §4). */
export function alertIdOf(text: string): string {
  return text.toLowerCase()
}

/** Parses a new alert. Throws a Problem (400) with every mistake, unknown languages and topics included. */
export function parseDraft(input: unknown, newsroom: Newsroom, alsoKnown: readonly string[] = []): Draft {
  return parse(draftSchema, input, 'alert', (raw) => unknownIn(raw, newsroom, null), alsoKnown)
}

/**
 * Parses an update, a correction or a retraction of `alert` (null: unknown). Languages and topics of the alert are
 * accepted although the newsroom has dropped them. Throws a Problem (400) with every mistake.
 */
export function parseRevision(
  kind: Exclude<Kind, 'alert'>,
  input: unknown,
  newsroom: Newsroom,
  alert: Pick<Alert, 'texts' | 'topics'> | null = null,
  alsoKnown: readonly string[] = [],
): Revision {
  const more = (raw: unknown) => [...unknownIn(raw, newsroom, alert), ...languagesTakenAway(raw)]
  const revision: Revision = parse(revisionSchemas[kind], input, kind, more, alsoKnown)
  const { version: _, ...changes } = revision
  if (Object.values(changes).every((value) => value === undefined))
    throw invalid(kind, [
      { pointer: '', code: 'nothing-new', detail: 'It changes nothing: give texts, topics, level, note or expiresAt.' },
    ])
  return revision
}

/** Mistakes for languages and topics that neither the newsroom nor the alert has. `input` may have any form. */
function unknownIn(
  input: unknown,
  newsroom: Newsroom,
  alert: Pick<Alert, 'texts' | 'topics'> | null,
): readonly Mistake[] {
  const { texts, note, topics } = fieldsOf(input)
  const had = Object.keys(alert?.texts ?? {})
  const tags = newsroom.languages.map((language) => language.tag)
  const ids = new Set([...newsroom.topics.map((topic) => topic.id), ...(alert?.topics ?? [])])
  const knownIds = namesIn([...ids])
  const strange = (field: string, record: unknown) =>
    mistakesFor(
      Object.keys(fieldsOf(record)).filter((tag) => !tags.includes(tag) && !had.includes(tag)),
      (tag) => ({ pointer: pointerTo([field, tag]), code: 'unknown-language', detail: notPublishedIn(tag, tags) }),
    )
  const added = Object.keys(fieldsOf(texts)).filter((tag) => tags.includes(tag) && !had.includes(tag))
  const topicList: readonly unknown[] = Array.isArray(topics) ? topics : []
  return [
    ...strange('texts', texts),
    ...(alert === null ? strange('note', note) : notesElsewhere(fieldsOf(note), [...had, ...added])),
    ...mistakesFor(
      topicList.filter((topic) => typeof topic === 'string').filter((topic) => !ids.has(topic)),
      (topic) => ({
        pointer: '/topics',
        code: 'unknown-topic',
        values: { name: topic.slice(0, 60).toWellFormed() },
        detail: `There is no topic ${quoted(topic)}${meant(nearest(topic, [...ids]))}; known are ${knownIds}.`,
      }),
    ),
  ]
}

function notPublishedIn(tag: string, tags: readonly string[]): string {
  return `This newsroom does not publish in that language${meant(nearestTag(tag, tags))}; it knows ${namesIn(tags)}.`
}

function meant(near: string | undefined): string {
  return near === undefined ? '' : ` (did you mean ${near}?)`
}

/** Mistakes for notes in languages in which the alert has no text: no reader would get them. */
export function notesElsewhere(note: object | undefined, tags: readonly string[]): readonly Mistake[] {
  return mistakesFor(
    Object.keys(note ?? {}).filter((tag) => !tags.includes(tag)),
    (tag) => ({
      pointer: pointerTo(['note', tag]),
      code: 'note-elsewhere',
      detail: `The alert has no text in that language${meant(nearestTag(tag, tags))}, so nobody would read the note; it has ${namesIn(tags)}.`,
    }),
  )
}

/** Mistakes for languages set to null. A published language cannot be removed: its readers must get later changes. */
function languagesTakenAway(input: unknown): readonly Mistake[] {
  return Object.entries(fieldsOf(fieldsOf(input).texts))
    .filter(([, text]) => text === null)
    .map(([tag]) => ({
      pointer: pointerTo(['texts', tag]),
      code: 'language-taken-away',
      detail: 'A language cannot be taken away: its readers had the alert. Correct or retract it.',
    }))
}

function fieldsOf(input: unknown): Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : {}
}

/** Whether a note says what was wrong. That of an update says what is new. */
export function saysWhatWasWrong({ status }: Pick<LanguageStatus, 'status'>): boolean {
  return status !== 'updated'
}

/** What an alert in one of its languages has from the newsroom's file and the words of that language, as they are now. */
export function renderingInputs(
  alert: Alert,
  language: string,
  newsroom: Pick<Newsroom, 'languages'>,
): RenderingInputs {
  const { status, note } = statusIn(alert, language)
  const notice = status === 'retracted' && note === undefined ? retractionNotice(language) : undefined
  const dir = languageOf(newsroom, language)?.dir ?? dirOf(language)
  return { dir, ...(notice === undefined ? {} : { notice }) }
}

/**
 * Renders an alert in one of its languages. A note in another language is left out: readers get no language that they did
 * not choose. Of a retracted alert only the headline stays, so that readers know which one it was; without a note, the
 * language's standard notice takes its place.
 */
export function render(alert: Alert, language: string, newsroom: Pick<Newsroom, 'languages'>): Rendered {
  return renderWith(sentAlert(alert), language, renderingInputs(alert, language, newsroom))
}
