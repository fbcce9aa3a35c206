import * as z from 'zod'
import { roles } from '../../auth/editor.ts'
import { latelyFields } from '../../desk/lately.ts'
import { mistakeSchema } from '../../desk/mistake-schema.ts'
import { levels } from '../../domain/alert-types.ts'
import { alertSchema, cursorSchema, entrySchema, kindSchema, timeSchema } from '../../protocol/alert-schemas.ts'
import { bundleFormat, bundleLimits } from '../../signing/bundle-format.ts'

// The shapes of our answers: for the description at /openapi.json, and for the tests that hold the answers to it.

export const pageAnswer = z.strictObject({
  entries: z.array(entrySchema),
  cursor: cursorSchema,
  head: cursorSchema,
  floor: cursorSchema,
  reset: z.strictObject({ reason: z.string(), snapshot: z.string() }).optional(),
})

export const historyAnswer = z.strictObject({
  alert: alertSchema,
  history: z.array(entrySchema),
  next: cursorSchema.optional().describe('There is more of its history: give this as `after`.'),
})

export const publishedAnswer = z.strictObject({
  alert: alertSchema,
  seq: z.int().min(1),
  cursor: cursorSchema,
  warnings: z.array(mistakeSchema),
})

export const dryRunAnswer = z.strictObject({
  warnings: z.array(mistakeSchema),
  audience: z.record(z.string(), z.strictObject({ push: z.int(), sockets: z.int() })),
  socketsAtLeast: z
    .boolean()
    .describe('Whether there may be more live readers than `sockets` says: a process that serves some did not answer.'),
  previews: z.record(
    z.string(),
    z.looseObject({ title: z.string(), body: z.string(), lang: z.string(), dir: z.string() }),
  ),
  rule: z
    .strictObject({
      approvals: z.int(),
      holdSeconds: z.int(),
      leastHoldSeconds: z.int(),
      role: z.enum(['editor', 'admin']),
    })
    .describe("What the newsroom's rules ask before this leaves: approvals of other editors, seconds of hold, a role."),
  ...latelyFields,
})

export const problemAnswerSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(mistakeSchema).optional(),
    // With `alert-changed` and `alert-retracted`: the newest version, the alert's current state, who changed it since, and the differences.
    version: z.int().min(1).optional(),
    alert: alertSchema.optional(),
    changes: z
      .array(z.strictObject({ version: z.int().min(1), kind: kindSchema, at: timeSchema, by: z.string().nullable() }))
      .optional(),
    earlierChanges: z
      .int()
      .min(1)
      .optional()
      .describe(
        'With `alert-changed` and `alert-retracted`: how many changes since came before those in `changes`. Absent: none.',
      ),
    lockedBy: z.strictObject({ id: z.string(), name: z.string() }).optional().describe('With `item-locked`.'),
    lockedUntil: timeSchema.optional(),
    item: z.looseObject({}).optional().describe('With `item-changed` and `item-state`: the item as it stands.'),
    differences: z.array(z.strictObject({ pointer: z.string(), was: z.unknown(), is: z.unknown() })).optional(),
  })
  .meta({ id: 'Problem' })

const base64url = (chars: number) => z.string().regex(new RegExp(`^[\\w-]{${chars}}$`))

/** What each signed statement ends with. */
const signatureFields = {
  key: base64url(11).describe('The id of the key that signed'),
  sig: base64url(86).describe('Base64url Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of what is signed.'),
}

const signingKeySchema = z
  .strictObject({
    id: base64url(11).describe('The first 8 bytes of the SHA-256 of the public key.'),
    publicKey: base64url(43),
    since: timeSchema.optional(),
    signedBy: base64url(11).optional().describe('The id of the key before it.'),
    sig: base64url(86)
      .optional()
      .describe(
        'The signature of the key before it over the canonical JSON of { key: publicKey, previous: signedBy, at: since }.',
      ),
    crossSig: base64url(86).optional().describe('The signature of this key over the same.'),
  })
  .meta({ id: 'SigningKey' })

const mirrorsSchema = z
  .strictObject({ urls: z.array(z.url()), at: timeSchema, ...signatureFields })
  .describe('Where else this can be read. What is signed is the canonical JSON of urls and at.')

export const newsroomAnswer = z.strictObject({
  name: z.string(),
  languages: z.array(
    z.strictObject({ tag: z.string(), name: z.string(), dir: z.enum(['ltr', 'rtl']), script: z.string() }),
  ),
  topics: z.array(z.strictObject({ id: z.string(), labels: z.record(z.string(), z.string()) })),
  vapidPublicKey: z.string(),
  signingKeys: z
    .array(signingKeySchema)
    .min(1)
    .describe('Newest first: each but the oldest is signed by the one after it in this list.'),
  mirrors: mirrorsSchema,
  limits: z.record(z.string(), z.number()),
})

export const headAnswer = z
  .strictObject({ epoch: z.string(), head: z.int().min(0), at: timeSchema, ...signatureFields })
  .meta({ id: 'Head' })

export const bundleAnswer = z
  .strictObject({
    tocsin: z.literal(bundleFormat),
    language: z.string(),
    epoch: z.string(),
    entries: z.array(entrySchema).max(bundleLimits.entriesMax).describe('Oldest first, without a gap.'),
    head: headAnswer,
    keys: z.array(signingKeySchema).min(1).describe('As `signingKeys` of the newsroom.'),
    mirrors: mirrorsSchema,
    statement: z
      .strictObject({
        at: timeSchema,
        ...{ epoch: z.string(), head: z.int().min(0), newsroom: z.string(), language: z.string() },
        newest: z.string().describe('The hash of what was signed of the newest entry in the language; empty: none.'),
        count: z.int().min(0).describe('How many entries the file has.'),
        leftOut: z
          .int()
          .min(0)
          .describe('How many more of the newest are not in it: they had no place, or its keys cannot verify them.'),
        ...signatureFields,
      })
      .describe('What the file is, signed over the canonical JSON of its other fields.'),
  })
  .meta({ id: 'Bundle' })

export const editorAnswer = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    createdAt: timeSchema,
    levels: z.array(z.enum(levels)).optional().describe('The levels that the key may publish; absent: all.'),
    expiresAt: timeSchema.optional().describe('When the key ends by itself; absent: it does not.'),
  })
  .meta({ id: 'Editor' })

export const unchanged = { description: 'Not modified: the client has this version' } as const

/** A news item (https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json), as far as we write one. */
export const ninjsSchema = z
  .looseObject({
    uri: z.url(),
    type: z.literal('text'),
    language: z.string(),
    version: z.string(),
    pubStatus: z.enum(['usable', 'canceled']),
    urgency: z.int().min(1).max(9),
    headlines: z.array(z.strictObject({ role: z.string(), contentType: z.string(), value: z.string() })),
  })
  .meta({ id: 'NinjsItem' })

/** News items of one language, newest first. */
export const ninjsFeedSchema = z.strictObject({
  title: z.string(),
  language: z.string(),
  feed_url: z.url(),
  next_url: z.url().optional(),
  items: z.array(ninjsSchema),
})

/** A JSON Feed (https://www.jsonfeed.org/version/1.1/), as far as we write one. */
export const jsonFeedSchema = z
  .looseObject({
    version: z.literal('https://jsonfeed.org/version/1.1'),
    title: z.string(),
    home_page_url: z.url(),
    feed_url: z.url(),
    next_url: z.url().optional(),
    language: z.string(),
    items: z.array(
      z.looseObject({
        id: z.string(),
        url: z.url(),
        external_url: z.url().optional(),
        title: z.string(),
        content_text: z.string(),
        date_published: timeSchema,
        date_modified: timeSchema,
        language: z.string(),
        tags: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'JsonFeed' })
