/** One loss and its end are told at once; what follows within this time is told in one line after it. */
const quietMs = 60_000

/**
 * Tells the operator when wake-ups stop and when they arrive again. A connection that is ended again and again, such as by a
 * proxy's limit of time, gives one line a minute.
 */
export class WakeUpNotices {
  readonly #warn: (line: string) => void
  #why: string | null = null
  #told: 'lost' | 'there' = 'there'
  /** Losses that were not told. */
  #losses = 0
  #timer: NodeJS.Timeout | null = null

  constructor(warn: (line: string) => void) {
    this.#warn = warn
  }

  /** `why`: why they have stopped; null: they arrive again. */
  note(why: string | null): void {
    this.#why = why
    if (why !== null && this.#timer !== null) this.#losses += 1
    else if (this.#losses === 0) this.#tell()
  }

  #tell(): void {
    const again = 'The log is read every few seconds until they do.'
    if (this.#why !== null) this.#warn(`Wake-ups from the database do not arrive (${this.#why}). ${again}`)
    else this.#warn('Wake-ups from the database arrive again.')
    this.#told = this.#why === null ? 'there' : 'lost'
    this.#beQuiet()
  }

  #beQuiet(): void {
    // A line that is due keeps no service from ending.
    this.#timer ??= setTimeout(() => this.#after(), quietMs).unref()
  }

  #after(): void {
    this.#timer = null
    const losses = this.#losses
    const state = this.#why === null ? 'there' : 'lost'
    this.#losses = 0
    if (losses === 0) {
      if (state !== this.#told) this.#tell()
      return
    }
    const now = this.#why === null ? 'They arrive again' : `They do not arrive now (${this.#why})`
    this.#warn(
      `Wake-ups from the database stop again and again: their connection was ended (${losses}× in a minute). ${now}.`,
    )
    this.#told = state
    this.#beQuiet()
  }
}
