import * as z from 'zod'
import { audiences } from '../../../domain/alert-types.ts'
import { interestSchema } from '../../../domain/interest.ts'
import { pushSubscriptionSchema } from '../../../push/subscriptions/push-address.ts'
import type { Operation } from '../../operation.ts'
import { linesType } from './json-lines.ts'
import { subscriptionCountsSchema } from './subscription-counts.ts'

/** The largest body of one `POST /v1/desk/subscriptions`; the next lines go into the next request. */
export const importBytesMax = 1024 * 1024
export const importLinesMax = 5_000

/** One line of an import or an export: what `POST /v1/subscriptions` takes, and what a move must bring along. */
export const subscriptionLineSchema = z.strictObject({
  subscription: pushSubscriptionSchema,
  interest: interestSchema,
  discreet: z.boolean().default(false),
  audience: z.enum(audiences).default('public'),
  /** The VAPID key that the browser subscribed with, in base64url; absent: the present one. */
  vapidPublicKey: z.string().optional(),
  /** The same by its short name, as an export gives it. */
  vapidKeyId: z.string().optional(),
  createdAt: z.iso.datetime().optional(),
})

/** The answer to `POST /v1/desk/subscriptions`; lines count from 1. */
export const importedSchema = z.strictObject({
  made: z.int(),
  kept: z.int(),
  refused: z.array(z.strictObject({ line: z.int(), code: z.string(), detail: z.string() })),
})

export const exportSubscriptions: Operation = {
  id: 'exportSubscriptions',
  summary: 'Export all subscriptions, one JSON object a line. They contain secrets (endpoints and keys)',
  tag: 'Operating',
  role: 'admin',
  cache: 'private',
  answers: {
    200: {
      description: 'One subscription a line',
      type: linesType,
      schema: z.string(),
      headers: { 'Content-Disposition': { description: 'A name for the file', schema: z.string() } },
    },
  },
}

export const importSubscriptions: Operation = {
  id: 'importSubscriptions',
  summary: `Import subscriptions, one JSON object a line, at most ${importBytesMax} bytes and ${importLinesMax} lines; invalid lines are listed, the others are stored; importing a line again changes nothing`,
  tag: 'Operating',
  role: 'admin',
  cache: 'private',
  body: { type: linesType, schema: z.string(), lineSchema: subscriptionLineSchema },
  answers: { 200: { description: 'The result of each line that was refused, and the counts', schema: importedSchema } },
}

export const countSubscriptions: Operation = {
  id: 'countSubscriptions',
  summary: 'How many subscriptions there are, by language, level and topic',
  tag: 'Operating',
  role: 'writer',
  cache: 'private',
  answers: { 200: { description: 'The counts of each change', schema: subscriptionCountsSchema } },
}
