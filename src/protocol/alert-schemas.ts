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

const proofFields = {
  key: z.string().describe('The id of the key that signed.'),
  prev: z
    .string()
    .describe('Base64url SHA-256 of what was signed of the entry before in this language and audience; empty: none.'),
  sig: z.string().describe('Base64url Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of what is signed.'),
}

/** Proof that the newsroom wrote an entry, in one language. */
export const proofSchema = z.strictObject(proofFields).meta({ id: 'Proof' })

/** The same for a reader of all languages, who renders each to check it: with what a rendering has from elsewhere. */
const entryProofSchema = z
  .strictObject({ ...proofFields, dir: z.enum(['ltr', 'rtl']), notice: z.string().optional() })
  .meta({ id: 'EntryProof' })

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
    proofs: z.record(z.string(), entryProofSchema).optional().describe('By language. Absent: not signed yet.'),
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
    proof: proofSchema.optional().describe('Absent: not signed yet.'),
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
