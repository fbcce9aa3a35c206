import * as z from 'zod'
import { requiredText } from '../../domain/parsing/fields.ts'
import { timeSchema } from '../../protocol/alert-schemas.ts'

/** What a webhook can be told of. */
export const webhookEvents = [
  'item.awaiting-approval',
  'alert.published',
  'alert.updated',
  'alert.corrected',
  'alert.retracted',
  'alarm',
] as const
export type WebhookEventType = (typeof webhookEvents)[number]

/** `ended`: its receiver has answered 410, and wants nothing more. */
export const webhookStates = ['active', 'paused', 'ended'] as const
export const webhookAudiences = ['public', 'test', 'all'] as const

/** The most webhooks of a newsroom. */
export const webhooksMax = 50
const urlCharsMax = 2_048

const actor = z.strictObject({ id: z.string(), name: z.string() })

/** What is stored of a webhook beside its address and its secret. */
const standing = {
  id: z.string(),
  name: z.string(),
  events: z.array(z.enum(webhookEvents)),
  audience: z.enum(webhookAudiences).describe('Whose alerts it is told of. Alarms go to all.'),
  state: z.enum(webhookStates),
  createdAt: timeSchema,
  createdBy: actor,
  formerSecretUntil: timeSchema
    .nullable()
    .describe('Until then, messages are signed with the former secret as well; earlier ones end earlier.'),
  last: z
    .strictObject({ at: timeSchema, outcome: z.enum(['accepted', 'failed']), detail: z.string() })
    .nullable()
    .describe('How the newest attempt ended.'),
}
const standingSchema = z.strictObject(standing)

/** A webhook as admins see it; its secret is shown once. */
export const webhookAnswer = z.strictObject({ ...standing, url: z.string() }).meta({ id: 'Webhook' })
export type Webhook = Readonly<z.output<typeof webhookAnswer>>

/** A webhook as it is stored: address and secrets are encrypted, because both let somebody write to the receiver. */
export type StoredWebhook = Readonly<z.output<typeof standingSchema>> & {
  readonly address: Uint8Array
  readonly secret: Uint8Array
  /** The secrets before, as `sealFormerSecrets` gives them; the newest counts until `formerSecretUntil`. Null: there is none. */
  readonly former: Uint8Array | null
}

const unique = <Item>(items: readonly Item[]) => [...new Set(items)]

/** The body of `POST /v1/desk/webhooks`. */
export const newWebhookSchema = z.strictObject({
  name: requiredText(100, 'name'),
  url: z.string().min(1).max(urlCharsMax),
  events: z
    .array(z.enum(webhookEvents))
    .min(1)
    .transform(unique)
    .default([...webhookEvents]),
  audience: z.enum(webhookAudiences).default('public'),
})

/** The body of `PUT /v1/desk/webhooks/{id}`: all that it says. An ended one goes on when it is made active. */
export const changedWebhookSchema = newWebhookSchema.extend({ state: z.enum(['active', 'paused']).default('active') })

/** A message that was tried for the last time. */
export const deadLetterAnswer = z
  .strictObject({
    id: z.string().describe('Its `webhook-id`; a replay has the same.'),
    webhookId: z.string(),
    event: z.enum(webhookEvents),
    at: timeSchema.describe('When it happened.'),
    diedAt: timeSchema,
    attempts: z.int(),
    detail: z.string().describe('How the last attempt ended.'),
  })
  .meta({ id: 'DeadLetter' })
export type DeadLetter = Readonly<z.output<typeof deadLetterAnswer>>
