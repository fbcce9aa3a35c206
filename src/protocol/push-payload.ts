import * as z from 'zod'
import { levels } from '../domain/alert-types.ts'
import { cursorSchema, kindSchema, timeSchema } from './alert-schemas.ts'

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

/** What comes with an alert's notification: which entry it is of. */
const alertDataSchema = z.strictObject({
  cursor: cursorSchema,
  kind: kindSchema,
  id: z.uuid(),
  version: z.int().min(1),
  level: z.enum(levels),
  topics: z.array(z.string()).readonly(),
  at: timeSchema,
})

/** A reader's test notification belongs to no alert. */
const testDataSchema = z.strictObject({ kind: z.literal('test'), at: timeSchema })

/**
 * The push payload as JSON, before it is padded and encrypted: for a service worker, and for browsers with Declarative
 * Web Push. The service worker takes its types from here, and reads each field on its own, because it may be older or
 * newer than the service.
 */
export const pushPayloadSchema = z.strictObject({
  web_push: z.literal(declarativePush),
  mutable: z.literal(true),
  notification: z.strictObject({ ...fields, data: z.union([alertDataSchema, testDataSchema]) }),
})

export type PushPayload = z.output<typeof pushPayloadSchema>
export type PushNotification = PushPayload['notification']
export type PushAlertData = z.output<typeof alertDataSchema>
