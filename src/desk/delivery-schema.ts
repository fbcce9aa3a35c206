import * as z from 'zod'
import { kinds } from '../domain/alert-types.ts'
import { timeSchema } from '../protocol/alert-schemas.ts'

const seconds = z.number().nullable()

/** How far the pushes of one change have come, in counts. Percentiles are seconds from the change to acceptance. */
const pushed = {
  seq: z.int(),
  due: z.int(),
  accepted: z.int(),
  gone: z.int(),
  failed: z.int(),
  waiting: z.int(),
  stopped: z.int(),
  startedAt: timeSchema.nullable(),
  finishedAt: timeSchema.nullable(),
  percentiles: z
    .strictObject({ p50: z.number(), p90: z.number(), p99: z.number() })
    .nullable()
    .describe('Of the pushes that were accepted so far.'),
  acceptedWithin: z
    .strictObject({ p50: seconds, p90: seconds, p99: seconds })
    .describe(
      'Seconds from the change until this share of all its pushes, but for those that are gone, was accepted; null: it is not.',
    ),
  services: z
    .array(z.strictObject({ host: z.string(), accepted: z.int(), gone: z.int(), failed: z.int(), waiting: z.int() }))
    .readonly()
    .describe(
      'The same by push service, those with the most pushes first; at most 20. `waiting`: what is under way to it, or to be sent to it again; what is still to be sent for the first time is only in the `waiting` of all.',
    ),
  languages: z
    .array(
      z.strictObject({
        language: z.string().describe('`*`: the readers of all languages.'),
        due: z.int(),
        accepted: z.int(),
        gone: z.int(),
        failed: z.int(),
        waiting: z.int(),
      }),
    )
    .readonly()
    .describe(
      'The same by the language that is sent, those with the most pushes first. What was stopped is in `due` alone.',
    ),
}
const deliverySchema = z.strictObject(pushed)

const streamsReachedSchema = z.strictObject({
  byLanguage: z.record(z.string(), z.int()).describe('`*`: those that take all languages.'),
  atLeast: z.boolean().describe('A process or an object that serves readers has not said how many it reached.'),
})

const deskDeliverySchema = z.strictObject({
  ...pushed,
  kind: z.enum(kinds).nullable().describe('What the change was; null: it is too long ago.'),
  by: z.string().nullable().describe('Name of the editor whose change it was; null: they are not known any more.'),
  streams: streamsReachedSchema
    .nullable()
    .describe('How many open streams the change was written to; null: not known, as after a restart.'),
})

/** The response of `GET /v1/alerts/{id}/delivery`: one delivery for each change, oldest first. */
export const deliveryAnswer = z.strictObject({ deliveries: z.array(deskDeliverySchema) })

export type Delivery = Readonly<z.output<typeof deliverySchema>>
export type StreamsReached = Readonly<z.output<typeof streamsReachedSchema>>
/** A delivery of pushes, with the streams that the change has reached. */
export type DeskDelivery = Readonly<z.output<typeof deskDeliverySchema>>
