/** A task that an object does at a later time, without a request. */
export interface AlarmDuty {
  /** When the task is due (ms since 1970); null: not at all. */
  readonly dueMs: number | null
  /** Runs what is due. Never rejects. */
  act(): Promise<void>
}

type Storage = { setAlarm(atMs: number): Promise<void> }

/** Shares a Durable Object's only alarm among several tasks: it is set to the earliest. An alarm runs at least once, also after a crash. */
export class AlarmDuties {
  readonly #storage: Storage
  readonly #duties: readonly AlarmDuty[]
  readonly #now: () => number
  #setMs = Number.POSITIVE_INFINITY

  constructor(storage: Storage, duties: readonly AlarmDuty[], now: () => number) {
    this.#storage = storage
    this.#duties = duties
    this.#now = now
  }

  /** Sets the alarm to the next due task, if any. When it is set in the same step as a write, both become durable together. */
  arm(): void {
    const next = Math.min(...this.#duties.map(({ dueMs }) => dueMs ?? Number.POSITIVE_INFINITY))
    if (next >= this.#setMs) return
    this.#setMs = next
    void this.#storage.setAlarm(next)
  }

  /** The platform's alarm handler. */
  async alarm(): Promise<void> {
    this.#setMs = Number.POSITIVE_INFINITY
    const now = this.#now()
    for (const duty of this.#duties) if (duty.dueMs !== null && duty.dueMs <= now) await duty.act()
    this.arm()
  }
}
