/** Something that an object must come back to although nobody asks. */
export interface AlarmDuty {
  /** When it is due (ms since 1970); null: nothing is. */
  readonly dueMs: number | null
  /** Does what is due; never rejects. */
  act(): Promise<void>
}

type Storage = { setAlarm(atMs: number): Promise<void> }

/** An object has one alarm: the next of these to become due. It runs at least once, also after a crash. */
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

  /** Sets the alarm for what is due next, if anything. Set in one step with a write, the two become durable together. */
  arm(): void {
    const next = Math.min(...this.#duties.map(({ dueMs }) => dueMs ?? Number.POSITIVE_INFINITY))
    if (next >= this.#setMs) return
    this.#setMs = next
    void this.#storage.setAlarm(next)
  }

  /** The alarm went off. */
  async alarm(): Promise<void> {
    this.#setMs = Number.POSITIVE_INFINITY
    const now = this.#now()
    for (const duty of this.#duties) if (duty.dueMs !== null && duty.dueMs <= now) await duty.act()
    this.arm()
  }
}
