import type { EditorStore } from '../auth/editor.ts'
import type { AlertLog, Seq } from '../log/log.ts'
import type { Delivery, DeskDelivery, StreamsReached } from './delivery-schema.ts'

/** Which open streams were written changes to, by seq; a change that is missing: not known any more. */
export type ReachedStreams = (seqs: readonly Seq[]) => Promise<ReadonlyMap<Seq, StreamsReached>>

/** Reads how the changes of an alert have gone out. */
export type Deliveries = { delivery(alertId: string): Promise<readonly DeskDelivery[]> }

type Deps = {
  readonly outbox: { delivery(alertId: string): Promise<readonly Delivery[]> }
  readonly reached: ReachedStreams
  readonly log: Pick<AlertLog, 'history'>
  readonly editors: Pick<EditorStore, 'list'>
}

/** What kind of change it was, and whose. */
type Made = Pick<DeskDelivery, 'kind' | 'by'>

const unknown: Made = { kind: null, by: null }
/** Of so many changes it is remembered what they were: the deliveries of an alert are read every second while it goes out. */
const madeMax = 1_000
/** Of so many changes of an alert it is told. */
const historyMax = 200

/** The deliveries of the pushes, each with what the change was, whose, and the streams that it has reached. */
export function deskDeliveries({ outbox, reached, log, editors }: Deps): Deliveries {
  const made = new Map<Seq, Made>()

  async function learn(alertId: string, after: Seq): Promise<void> {
    const history = await log.history(alertId, { after, limit: historyMax })
    const names = new Map((await editors.list()).map(({ id, name }) => [id, name]))
    for (const { seq, kind, by } of history) made.set(seq, { kind, by: names.get(by) ?? null })
    for (const seq of [...made.keys()].slice(0, -madeMax)) made.delete(seq)
  }

  return {
    async delivery(alertId) {
      const deliveries = await outbox.delivery(alertId)
      const strange = deliveries.find(({ seq }) => !made.has(seq))
      if (strange !== undefined) await learn(alertId, strange.seq - 1)
      const streams = await reached(deliveries.map(({ seq }) => seq))
      return deliveries.map((it) => ({
        ...it,
        ...(made.get(it.seq) ?? unknown),
        streams: streams.get(it.seq) ?? null,
      }))
    },
  }
}
