import type { AlarmDuty } from '../alarm-duties.ts'

const retryMs = 2_000

export type SendingDutyDeps = {
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
  /** Keeps the object awake until what was begun has ended. */
  readonly waitUntil: (running: Promise<unknown>) => void
  /** Sets the object's alarm anew. */
  readonly arm: () => void
}

/** Sends messages of one kind. */
type Sender = {
  /** Begins what is due, and gives after how many milliseconds there is more; null: nothing waits. */
  begin(): Promise<number | null>
  /** Resolves when what is under way has ended. */
  settled(): Promise<void>
  /** Calls `look` whenever an attempt has ended. */
  onSettled(look: () => void): void
}

/** A duty that sends messages to others' servers and does not wait for them: the duties of an object share one alarm. */
export abstract class SendingDuty implements AlarmDuty {
  protected readonly deps: SendingDutyDeps
  readonly #doing: string
  #sender: Sender | null = null
  #dueMs: number | null = null

  /** `doing`: what an error is reported with. */
  constructor(deps: SendingDutyDeps, doing: string) {
    this.deps = deps
    this.#doing = doing
  }

  /** After a start, what was under way before is due once its lease ends. */
  protected begin(sender: Sender): void {
    this.#sender = sender
    sender.onSettled(() => this.look())
    this.#dueMs = this.deps.now()
  }

  /** Something may be due. In the same step as the write, so that the alarm is durable with it. */
  look(): void {
    this.#dueMs = this.deps.now()
    this.deps.arm()
  }

  get dueMs(): number | null {
    return this.#dueMs
  }

  /** Called after each look. Gives the most milliseconds to the next one; null: it is not needed. */
  protected looked(): number | null {
    return null
  }

  async act(): Promise<void> {
    const { now, report, waitUntil } = this.deps
    const sender = this.#sender
    if (sender === null) return
    // What is due meanwhile sets it anew.
    this.#dueMs = null
    try {
      const nextMs = await sender.begin()
      waitUntil(sender.settled())
      const waits = [nextMs, this.looked()].filter((ms) => ms !== null)
      if (waits.length > 0) this.#dueMs = Math.min(this.#dueMs ?? Number.POSITIVE_INFINITY, now() + Math.min(...waits))
    } catch (error) {
      this.#dueMs = now() + retryMs
      report(error, this.#doing)
    }
  }
}
