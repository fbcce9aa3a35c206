import { Histogram } from 'prom-client'
import type { Alert } from '../../domain/alert-types.ts'
import { type Cursor, startOf } from '../../log/log.ts'

type Hub = { readonly bounds: Parameters<typeof startOf>[1]; readonly limits: { readonly replayEntriesMax: number } }

/** What a process counts of its streams. Counting a message is one addition. */
export class StreamCounters {
  /** Frames given to connections, by encoding. A replay that was joined to one buffer counts as one. */
  readonly writes = { socket: 0, events: 0 }
  /** Connections that the server closed, by close code. */
  readonly cuts = new Map<number, number>()
  /** Cursors that could not be resumed, by reason. */
  readonly resets = new Map<string, number>()
  readonly replayEntries = new Histogram({
    name: 'tocsin_replay_entries',
    help: 'Entries between the cursor of a returning reader and the head',
    buckets: [1, 10, 100, 1_000, 10_000],
    registers: [],
  })
  readonly fanOutSeconds = new Histogram({
    name: 'tocsin_fan_out_seconds',
    help: 'From an entry’s coming to the hub until every live reader was written to',
    buckets: [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [],
  })
  /** Deliveries: one for each live reader of each entry. */
  deliveries = 0
  #sweepBegan: number | null = null
  readonly #sweptAlerts: Alert[] = []

  /** Counts a connection that the server closes. */
  cut(code: number): void {
    this.cuts.set(code, (this.cuts.get(code) ?? 0) + 1)
  }

  /** Counts a reader who joins with a cursor that cannot be resumed. */
  countResume({ bounds, limits }: Hub, after: Cursor | 'now' | undefined): void {
    if (after === undefined || after === 'now') return
    const start = startOf(after, bounds, limits.replayEntriesMax)
    if (start.resume === 'reset') this.resets.set(start.reason, (this.resets.get(start.reason) ?? 0) + 1)
    else this.replayEntries.observe(bounds.head - start.seq)
  }

  /** The hub was given an alert's entry. During a sweep, the entry belongs to that sweep. */
  delivered({ size }: { readonly size: number }, alert: Alert): void {
    // Without readers there is no sweep. Otherwise the next one would be timed from here.
    if (size === 0) return
    this.#sweepBegan ??= performance.now()
    this.#sweptAlerts.push(alert)
  }

  /** A sweep has ended. `countByLanguage`: how many of the hub's readers are sent an alert, by language. */
  swept(countByLanguage: (alert: Alert) => ReadonlyMap<string, number>): void {
    if (this.#sweepBegan === null) return
    this.fanOutSeconds.observe((performance.now() - this.#sweepBegan) / 1_000)
    this.#sweepBegan = null
    for (const alert of this.#sweptAlerts.splice(0))
      for (const count of countByLanguage(alert).values()) this.deliveries += count
  }
}
