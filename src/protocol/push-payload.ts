import * as z from 'zod'
import { levels } from '../domain/alert-types.ts'
import { cursorSchema, kindSchema, proofSchema, timeSchema } from './alert-schemas.ts'

/** Marks a payload as one of Declarative Web Push (https://www.w3.org/TR/push-api/). */
export const declarativePush = 8030

const fields = {
  title: z.string(),
  body: z.string(),
  navigate: z.url(),
  lang: z.string(),
  dir: z.enum(['ltr', 'rtl']),
  tag: z.string().describe('The id of the alert, so that a newer version takes the place of an older one.'),
  mutable: z.literal(true),
  silent: z.boolean(),
}

/** With the statement by which the key follows the one before it, so that a device need not ask for it. */
const pushProofSchema = z.strictObject({
  ...proofSchema.shape,
  succession: z
    .strictObject({
      publicKey: z.string(),
      since: timeSchema,
      signedBy: z.string(),
      sig: z.string(),
      crossSig: z.string(),
    })
    .optional()
    .describe('As in `signingKeys`. Absent: the key follows none, or there is no room for it.'),
})

/** What comes with an alert's notification: which entry it is of. */
const alertDataSchema = z.strictObject({
  cursor: cursorSchema,
  kind: kindSchema,
  id: z.uuid(),
  version: z.int().min(1),
  level: z.enum(levels),
  topics: z.array(z.string()).readonly(),
  at: timeSchema,
  correctedAt: timeSchema
    .optional()
    .describe('Of an update that says the last correction besides: when that was. Absent: it says none.'),
  proof: pushProofSchema.optional().describe('Over the notification without it. Absent: the service does not sign.'),
})

/** A reader's test notification belongs to no alert, and to no chain: `prev` is empty. */
const testDataSchema = z.strictObject({ kind: z.literal('test'), at: timeSchema, proof: pushProofSchema.optional() })

/**
 * The push payload as JSON, before it is padded and encrypted: for a service worker, and for browsers with Declarative
 * Web Push. The service worker takes its types from here, and reads each field on its own, because it may be older or
 * newer than the service.
 */
export const pushPayloadSchema = z.strictObject({
  web_push: z.literal(declarativePush),
  mutable: z.literal(true),
  notification: z.strictObject({ ...fields, data: z.union([alertDataSchema, testDataSchema]) }),
  mirrors: z
    .strictObject({ urls: z.array(z.string()).readonly(), at: timeSchema, key: z.string(), sig: z.string() })
    .optional()
    .describe('As in `GET /v1/newsroom`. Absent: there are none, the service does not sign, or there is no room.'),
})

export type PushPayload = z.output<typeof pushPayloadSchema>
export type PushNotification = PushPayload['notification']
export type PushAlertData = z.output<typeof alertDataSchema>
