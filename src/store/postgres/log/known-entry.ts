import type { Entry, Seq } from '../../../log/log.ts'

type Known = { readonly seq: Seq; readonly alertId: string; readonly at: string }

/**
 * The newest entry that an instance of the log has read or appended. Every later statement asks whether the database still
 * has it: a server that was put back to an earlier state without a new timeline (a snapshot of its disk, a standby that was
 * started as the primary without being promoted) says of itself that it is the same, and lacks it or has another one there.
 */
export class KnownEntry {
  #known: Known | null = null

  note(entries: readonly Pick<Entry, 'seq' | 'at' | 'alert'>[]): void {
    for (const { seq, at, alert } of entries)
      if (seq > (this.#known?.seq ?? 0)) this.#known = { seq, alertId: alert.id, at }
  }

  /** What `hasKnown` is bound to. */
  get values(): readonly [Seq | null, string | null, string | null] {
    const { seq, alertId, at } = this.#known ?? { seq: null, alertId: null, at: null }
    return [seq, alertId, at]
  }
}

/**
 * The SQL expression of whether the log has the entry; true when none is known yet. `first`: the number of the first of its
 * three values. Two entries of one alert never have the same time and the same seq.
 */
export function hasKnown(first: number): string {
  const [seq, alertId, at] = [`$${first}::bigint`, `$${first + 1}::text`, `$${first + 2}::timestamptz`]
  return `(${seq} is null or exists (select from tocsin.entries known
    where known.seq = ${seq} and known.alert_id = ${alertId} and known.at = ${at}))`
}
