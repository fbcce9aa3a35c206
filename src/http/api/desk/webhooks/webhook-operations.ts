import * as z from 'zod'
import {
  changedWebhookSchema,
  deadLetterAnswer,
  newWebhookSchema,
  webhookAnswer,
} from '../../../../desk/webhooks/webhook.ts'
import type { Operation } from '../../../operation.ts'
import { idempotencyKeyHeader } from '../../idempotency-key.ts'

export const pageMax = 200
export const pageUsual = 50

const desk = { tag: 'Desk', role: 'admin', cache: 'private' } as const
const one = z.strictObject({ webhook: webhookAnswer })
const withSecret = z.strictObject({
  webhook: webhookAnswer,
  secret: z.string().describe('What its messages are signed with; shown once.'),
})
const example = { name: 'Our CMS', url: 'https://cms.example/tocsin', events: ['alert.published', 'alert.retracted'] }

export const listWebhooks: Operation = {
  ...desk,
  id: 'listWebhooks',
  summary: 'Who is told of what happens at the desk',
  answers: { 200: { description: 'The webhooks', schema: z.strictObject({ webhooks: z.array(webhookAnswer) }) } },
}

export const makeWebhook: Operation = {
  ...desk,
  id: 'makeWebhook',
  summary: 'Make a webhook; its secret is shown once',
  headers: { 'Idempotency-Key': idempotencyKeyHeader },
  body: { type: 'application/json', schema: newWebhookSchema, example },
  answers: { 201: { description: 'The webhook', schema: withSecret } },
  problems: [409],
}

export const readWebhook: Operation = {
  ...desk,
  id: 'readWebhook',
  summary: 'A webhook',
  answers: { 200: { description: 'The webhook', schema: one } },
}

export const changeWebhook: Operation = {
  ...desk,
  id: 'changeWebhook',
  summary: 'Change all that a webhook says; while it is paused its messages wait',
  body: { type: 'application/json', schema: changedWebhookSchema, example: { ...example, state: 'paused' } },
  answers: { 200: { description: 'The webhook', schema: one } },
}

export const deleteWebhook: Operation = {
  ...desk,
  id: 'deleteWebhook',
  summary: 'Delete a webhook with all its messages',
  answers: { 204: { description: 'It is deleted' } },
}

export const rotateSecret: Operation = {
  ...desk,
  id: 'rotateWebhookSecret',
  summary: 'Make another secret; for a day more messages are signed with the one before too',
  headers: { 'Idempotency-Key': idempotencyKeyHeader },
  problems: [409],
  answers: { 200: { description: 'The webhook', schema: withSecret } },
}

export const testWebhook: Operation = {
  ...desk,
  id: 'testWebhook',
  summary: 'Send a test message at once; it is not tried again',
  answers: {
    200: {
      description: 'What its receiver answered, or why there was no answer',
      schema: z.strictObject({
        accepted: z.boolean(),
        status: z.int().optional(),
        reason: z.string().optional(),
      }),
    },
  },
}

export const listDeadLetters: Operation = {
  ...desk,
  id: 'listDeadLetters',
  summary: 'Messages that were tried for the last time, the newest first; they are kept for 30 days',
  query: {
    webhook: {
      description: 'Only those of the webhook with this id',
      schema: z.string(),
      example: '0197b2c8-6f0e-7c3a-8d5e-2f6a1b3c4d5e',
    },
    limit: { description: 'The most of a page', schema: z.int().min(1).max(pageMax).default(pageUsual), example: '20' },
    before: { description: '`next` of the page before', schema: z.string(), example: 'msg_0197b2c86f0e7c3a8d5e' },
  },
  answers: {
    200: {
      description: 'Messages; `next`: there may be more, after this',
      schema: z.strictObject({ deadLetters: z.array(deadLetterAnswer), next: z.string().optional() }),
    },
  },
}

const replayed = z.strictObject({ replayed: z.int() })

export const replayDeadLetter: Operation = {
  ...desk,
  id: 'replayDeadLetter',
  summary: 'Send a dead letter again, under the same id',
  answers: { 200: { description: 'It is sent again', schema: replayed } },
  problems: [409],
}

export const replaySchema = z.strictObject({
  webhook: z.string().min(1).max(100).optional().describe('Only those of this webhook; absent: all.'),
})

export const replayDeadLetters: Operation = {
  ...desk,
  id: 'replayDeadLetters',
  summary: 'Send all dead letters again but those of ended webhooks, or those of a webhook',
  body: {
    type: 'application/json',
    schema: replaySchema,
    example: { webhook: '0197b2c8-6f0e-7c3a-8d5e-2f6a1b3c4d5e' },
  },
  answers: { 200: { description: 'How many are sent again', schema: replayed } },
  problems: [409],
}
