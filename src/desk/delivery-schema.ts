import * as z from 'zod'
import { timeSchema } from '../protocol/alert-schemas.ts'

/** How far the pushes of one change have come, in counts. Percentiles are seconds from the change to acceptance. */
const deliverySchema = z.strictObject({
  seq: z.int(),
  due: z.int(),
  accepted: z.int(),
  gone: z.int(),
  failed: z.int(),
  waiting: z.int(),
  stopped: z.int(),
  startedAt: timeSchema.nullable(),
  finishedAt: timeSchema.nullable(),
  percentiles: z.strictObject({ p50: z.number(), p90: z.number(), p99: z.number() }).nullable(),
})

/** The response of `GET /v1/alerts/{id}/delivery`: one delivery for each change, oldest first. */
export const deliveryAnswer = z.strictObject({ deliveries: z.array(deliverySchema) })

export type Delivery = Readonly<z.output<typeof deliverySchema>>
