import * as z from 'zod'
import { alertLimits } from '../../domain/alert.ts'
import { audiences, type Kind, levels } from '../../domain/alert-types.ts'
import { holdSecondsMax } from '../../domain/level-rules.ts'
import { httpsUrl, instant, optionalText } from '../../domain/parsing/fields.ts'
import { uniqueList } from '../../domain/parsing/unique-list.ts'

const { headlineMax, summaryMax, noteMax, imageAltMax, languagesMax, topicsMax, urlMax } = alertLimits

// What a draft may hold. It may lack what an alert needs: it is saved at every pause in typing. What is not complete or not
// known to the newsroom is refused when it is submitted, and not before.

/** A link that is being typed is kept as it is. */
const unfinishedUrl = z.union([httpsUrl, z.string().max(urlMax)])

const textSchema = z
  .strictObject({
    headline: optionalText(headlineMax, 'headline'),
    summary: optionalText(summaryMax, 'summary').nullable(),
    url: unfinishedUrl.nullable(),
    image: z
      .strictObject({ url: unfinishedUrl, alt: optionalText(imageAltMax, 'image description') })
      .partial()
      .nullable(),
  })
  .partial()

const isFewEnough = (texts: object) => Object.keys(texts).length <= languagesMax
const languagesAtMost = { error: `At most ${languagesMax} languages.` }

/** When an item goes out. `publishAt`: then; `embargoUntil`: not before. */
const timingFields = {
  holdSeconds: z.int().min(0).max(holdSecondsMax).optional(),
  publishAt: instant.optional(),
  embargoUntil: instant.optional(),
}

export const contentSchema = z
  .strictObject({
    level: z.enum(levels).optional(),
    topics: uniqueList(topicsMax, 'topics').optional(),
    texts: z.record(z.string(), textSchema).refine(isFewEnough, languagesAtMost).optional(),
    audience: z.enum(audiences).optional(),
    expiresAt: instant.optional(),
    note: z.record(z.string(), optionalText(noteMax, 'note')).refine(isFewEnough, languagesAtMost).optional(),
    alertVersion: z.int().min(1).optional().describe('Of a revision: the version of the alert that it was written on.'),
    ...timingFields,
  })
  .meta({ id: 'ItemContent' })

export type Content = Readonly<z.output<typeof contentSchema>>

/** The times of an item apart from what it says. */
export const timingSchema = z.strictObject(timingFields)
export type Timing = Readonly<z.output<typeof timingSchema>>

/** What an item says, in the form of the body of `POST /v1/alerts` or of a revision, and when it goes out. */
export function partsOf(content: Content): { readonly body: object; readonly timing: Timing } {
  const { holdSeconds, publishAt, embargoUntil, alertVersion, ...rest } = content
  const body = alertVersion === undefined ? rest : { ...rest, version: alertVersion }
  return { body, timing: { holdSeconds, publishAt, embargoUntil } }
}

/**
 * The text whose hash an approval names: kind, alert, and everything of the content, with sorted keys, so that two clients
 * that write the same thing in another order mean the same.
 */
export function canonicalContent(kind: Kind, alertId: string | null, content: Content): string {
  return sortedJson({ kind, alertId, content })
}

/** JSON with sorted keys. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, it: unknown) =>
    it !== null && typeof it === 'object' && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  )
}
