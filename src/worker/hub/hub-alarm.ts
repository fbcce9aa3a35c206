type Storage = Pick<DurableObjectStorage, 'kv' | 'put' | 'setAlarm'>

const usualAtKey = 'usualHeartbeatAtMs'

/**
 * The alarm of a hub object: for the usual heartbeat, and for what is due earlier. When the usual heartbeat is due is
 * stored, because an object that wakes from hibernation for an earlier one has to know it.
 */
export class HubAlarm {
  readonly #storage: Storage
  readonly #usualMs: number
  /** When the usual heartbeat is due, in Unix milliseconds; 0: at once. */
  #usualAtMs: number

  constructor(storage: Storage, heartbeatSeconds: number) {
    this.#storage = storage
    this.#usualMs = heartbeatSeconds * 1_000
    this.#usualAtMs = storage.kv.get<number>(usualAtKey) ?? 0
  }

  /** Whether the usual heartbeat is due. After the clock was set back it is, rather than an interval and more later. */
  get isUsual(): boolean {
    const waitMs = this.#usualAtMs - Date.now()
    return waitMs <= 0 || waitMs > this.#usualMs
  }

  /** The work of the usual heartbeat is done: it is due again after its interval. Nothing else puts it off. */
  usualDone(): void {
    this.#usualAtMs = Date.now() + this.#usualMs
    // Messages need not wait until this is on disk: with an older time the next heartbeat only comes earlier.
    void this.#storage.put(usualAtKey, this.#usualAtMs, { allowUnconfirmed: true })
  }

  /** Sets the alarm for the usual heartbeat, or for the earliest of `others`, in Unix milliseconds. */
  set(...others: readonly (number | null | undefined)[]): void {
    const usualAtMs = this.isUsual ? Date.now() : this.#usualAtMs
    const dueMs = others.reduce<number>((least, ms) => Math.min(least, ms ?? least), usualAtMs)
    // The alarm's work is done at every wake-up anyway, so the alarm need not be durable.
    void this.#storage.setAlarm(Math.max(Date.now(), dueMs), { allowUnconfirmed: true })
  }
}
