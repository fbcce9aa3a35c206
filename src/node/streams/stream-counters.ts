import { Histogram } from 'prom-client'
import type { Alert } from '../../domain/alert-types.ts'
import { type Cursor, startOf } from '../../log/log.ts'

type Hub = { readonly bounds: Parameters<typeof startOf>[1]; readonly limits: { readonly replayEntriesMax: number } }

/** What a process counts of its streams. On the way of a message it is one addition, no more. */
export class StreamCounters {
  /** Frames given to connections, by wire; a replay that was joined to one buffer is one. */
  readonly writes = { socket: 0, events: 0 }
  /** Connections that we closed, by close code. */
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
  /** One for each live reader of each entry. */
  deliveries = 0
  #roundBegan: number | null = null
  readonly #round: Alert[] = []

  /** A connection is closed by us. */
  cut(code: number): void {
    this.cuts.set(code, (this.cuts.get(code) ?? 0) + 1)
  }

  /** A reader comes with a cursor. */
  comes({ bounds, limits }: Hub, after: Cursor | 'now' | undefined): void {
    if (after === undefined || after === 'now') return
    const start = startOf(after, bounds, limits.replayEntriesMax)
    if (start.resume === 'reset') this.resets.set(start.reason, (this.resets.get(start.reason) ?? 0) + 1)
    else this.replayEntries.observe(bounds.head - start.seq)
  }

  /** The hub was given an alert's entry. During a round, it belongs to that. */
  delivered({ size }: { readonly size: number }, alert: Alert): void {
    // Where nobody is there is no round either: the next one would be taken to have lasted since then.
    if (size === 0) return
    this.#roundBegan ??= performance.now()
    this.#round.push(alert)
  }

  /** The hub has met everyone. `audience`: how many of its readers are sent an alert, by language. */
  swept(audience: (alert: Alert) => ReadonlyMap<string, number>): void {
    if (this.#roundBegan === null) return
    this.fanOutSeconds.observe((performance.now() - this.#roundBegan) / 1_000)
    this.#roundBegan = null
    for (const alert of this.#round.splice(0)) for (const count of audience(alert).values()) this.deliveries += count
  }
}
