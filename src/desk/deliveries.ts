import type { Seq } from '../log/log.ts'
import type { Delivery, DeskDelivery, StreamsReached } from './delivery-schema.ts'

/** Which open streams were written changes to, by seq; a change that is missing: not known any more. */
export type ReachedStreams = (seqs: readonly Seq[]) => Promise<ReadonlyMap<Seq, StreamsReached>>

/** Reads how the changes of an alert have gone out. */
export type Deliveries = { delivery(alertId: string): Promise<readonly DeskDelivery[]> }

/** The deliveries of the pushes, each with the streams that it has reached. */
export function withStreams(
  outbox: { delivery(alertId: string): Promise<readonly Delivery[]> },
  reached: ReachedStreams,
): Deliveries {
  return {
    async delivery(alertId) {
      const deliveries = await outbox.delivery(alertId)
      const streams = await reached(deliveries.map(({ seq }) => seq))
      return deliveries.map((it) => ({ ...it, streams: streams.get(it.seq) ?? null }))
    },
  }
}
