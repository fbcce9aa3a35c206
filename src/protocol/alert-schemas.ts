import * as z from 'zod'
import { audiences, kinds, levels, statuses } from '../domain/alert-types.ts'
import { cursorPattern } from './cursor.ts'

// Alerts and entries of the log as readers get them: in streams, answers and exports.

export const kindSchema = z.enum(kinds)
/** RFC 3339 in UTC with milliseconds. */
export const timeSchema = z.iso.datetime({ precision: 3 })
export const cursorSchema = z.string().regex(cursorPattern)
const statusSchema = z.enum(statuses)

const common = {
  id: z.uuid(),
  version: z.int().min(1),
  level: z.enum(levels),
  audience: z.enum(audiences),
  topics: z.array(z.string()),
  status: statusSchema,
  publishedAt: timeSchema,
  changedAt: timeSchema,
  expiresAt: timeSchema,
}
const textSchema = z.strictObject({
  headline: z.string(),
  summary: z.string(),
  url: z.url().optional(),
  image: z.strictObject({ url: z.url(), alt: z.string() }).optional(),
})

/** An alert with its texts in all languages: what a reader of `*` gets. */
export const alertSchema = z
  .strictObject({
    ...common,
    texts: z.record(z.string(), textSchema),
    note: z.record(z.string(), z.string()).optional(),
    untouched: z
      .record(z.string(), z.strictObject({ status: statusSchema, changedAt: timeSchema, note: z.string().optional() }))
      .optional()
      .describe('The languages in which the last update or correction changed nothing.'),
    addedLanguages: z
      .array(z.string())
      .optional()
      .describe(
        'The languages that came with the last update or correction, without a note there. An update is sent to their readers as a new alert.',
      ),
  })
  .meta({ id: 'Alert' })

/** An alert in one language. */
const renderedSchema = z
  .strictObject({
    ...common,
    language: z.string(),
    dir: z.enum(['ltr', 'rtl']),
    ...textSchema.shape,
    note: z.string().optional(),
  })
  .meta({ id: 'RenderedAlert' })

/** An entry of the log as one reader sees it. */
export const entrySchema = z
  .strictObject({
    seq: z.int().min(1),
    cursor: cursorSchema,
    kind: kindSchema,
    at: timeSchema,
    alert: z.union([renderedSchema, alertSchema]),
  })
  .meta({ id: 'Entry' })
