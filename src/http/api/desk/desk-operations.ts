import * as z from 'zod'
import { deliveryAnswer } from '../../../desk/delivery-schema.ts'
import { itemAnswer } from '../../../desk/items/item.ts'
import { publishingFields } from '../../../desk/items/publishing-fields.ts'
import { correctionSchema, draftSchema, retractionSchema, updateSchema } from '../../../domain/alert.ts'
import type { Parameter } from '../../../protocol/query-parameters.ts'
import { dryRunAnswer, publishedAnswer } from '../../openapi/response-schemas.ts'
import type { Header, Operation } from '../../operation.ts'

/** What makes a write happen once, however often it is sent. */
const idempotencyKey: Header = {
  description:
    'Made by the client, one for each alert or change. A repeated request gets the first response and appends nothing. Not needed for a dry run.',
  schema: z.string().min(1).max(200),
}

const dryRunParameter: Parameter = {
  description: 'true: only says what would happen; nothing is stored or sent',
  schema: z.enum(['true', 'false']).default('false'),
  example: 'true',
}

const location: Header = { description: 'Where the alert is', schema: z.string() }
const published = {
  description: 'The change is stored, and is being sent',
  schema: publishedAnswer,
  headers: { Location: location },
} as const
export const waitingDetailSchema = z.string().describe('What it waits for and what can be done, for people.')
const waiting = {
  description: 'It is held, scheduled, or awaits the approval of another editor',
  schema: z.strictObject({ item: itemAnswer, detail: waitingDetailSchema.optional() }),
  headers: { Location: { description: 'Where the item is', schema: z.string() } },
} as const
const ifMatch: Header = {
  description:
    'The ETag of GET /v1/alerts/{id} when this was written, a list of such, or *; another version is refused with 409 alert-changed. The same can be said by version in the body.',
  schema: z.string(),
}
const dryRunResult = { description: 'What would happen', schema: dryRunAnswer } as const
/** A reused key or a change that does not fit; a condition that cannot hold; a pause. */
const problems = [409, 412, 423] as const

export const publishAlert: Operation = {
  id: 'publishAlert',
  summary: 'Publish an alert; with dryRun=true, only say what would happen',
  tag: 'Publishing',
  description: 'A writer may only make a dry run.',
  role: 'writer',
  cache: 'private',
  query: { dryRun: dryRunParameter },
  headers: { 'Idempotency-Key': idempotencyKey },
  body: {
    type: 'application/json',
    schema: draftSchema.extend(publishingFields),
    example: { level: 'urgent', texts: { en: { headline: 'Quake hits Herat', summary: 'Many houses are down.' } } },
  },
  answers: { 200: dryRunResult, 201: published, 202: waiting },
  problems,
}

const revision = (id: string, summary: string, schema: z.ZodObject, example: object): Operation => ({
  id,
  summary,
  tag: 'Publishing',
  description:
    'Field by field: what is left out stays, null removes it. With dryRun=true, only says what would happen; a writer may only make a dry run.',
  role: 'writer',
  cache: 'private',
  query: { dryRun: dryRunParameter },
  headers: { 'Idempotency-Key': idempotencyKey, 'If-Match': ifMatch },
  body: { type: 'application/json', schema: schema.extend(publishingFields), example },
  answers: { 200: dryRunResult, 201: published, 202: waiting },
  problems,
})

/** The revisions by the last part of their paths. */
export const revisions = {
  update: revision('updateAlert', 'Update an alert; fields that are left out stay', updateSchema, {
    texts: { en: { headline: 'Quake hits Herat, aid is on the way' } },
  }),
  correction: revision('correctAlert', 'Correct an alert; the note says what was wrong', correctionSchema, {
    note: { en: 'The place was wrong.' },
    texts: { en: { headline: 'Quake hits Badghis' } },
  }),
  retraction: revision('retractAlert', 'Retract an alert; the note says why', retractionSchema, {
    note: { en: 'There was no quake.' },
  }),
} as const

export const readDelivery: Operation = {
  id: 'readDelivery',
  summary: 'The progress of the pushes, for each change',
  tag: 'Publishing',
  role: 'writer',
  cache: 'private',
  answers: { 200: { description: 'The counts of each change', schema: deliveryAnswer } },
}
