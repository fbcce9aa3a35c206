import { counted } from '../../domain/plural.ts'
import { Problem } from '../../domain/problem.ts'

export type AdmissionLimits = {
  /** Live streams this process holds at once. */
  readonly connectionsMax: number
  /** The same of one address; 0: no limit. */
  readonly perAddressMax: number
  /** How many may come within a second, whether they are let in or not. */
  readonly perSecondMax: number
}

/** The live streams of each address, counted over all processes. */
export type AddressCounter = {
  /** Takes one more. `none`: the address has no more; `unknown`: nobody answers, each counts for itself. */
  take(address: string): Promise<'taken' | 'none' | 'unknown'>
  give(address: string): void
}

const retryAfterSeconds = 5
const secondMs = 1_000

/**
 * Counts the live streams, by address only where a limit asks for it, and only while they are open, in memory. Of several
 * processes each counts its own; those of an address are counted together, by `places`.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #byAddress = new Map<string, number>()
  readonly #now: () => number
  /** How many were refused, by the problem's code. */
  readonly refusals = new Map<string, number>()
  readonly #addressCounter: AddressCounter | null
  /** Places that were taken for a reader who is about to enter. */
  readonly #taken = new Map<string, object[]>()
  #open = 0
  #second = 0
  #came = 0

  constructor(limits: AdmissionLimits, now: () => number, addressCounter: AddressCounter | null = null) {
    this.#limits = limits
    this.#now = now
    this.#addressCounter = limits.perAddressMax > 0 ? addressCounter : null
  }

  get open(): number {
    return this.#open
  }

  /** Whether it matters where a reader comes from. */
  get countsAddresses(): boolean {
    return this.#limits.perAddressMax > 0
  }

  /** Somebody comes; called before anything is done for them. Throws a Problem (503) when too many do. */
  knock(): void {
    const second = Math.floor(this.#now() / secondMs)
    if (second !== this.#second) {
      this.#second = second
      this.#came = 0
    }
    this.#came += 1
    if (this.#came > this.#limits.perSecondMax)
      throw this.#refusal('too-many-at-once', 'Too many come at this moment. Come back in a few seconds.')
  }

  /** Whether one who knocks now would not be refused. */
  get mayKnock(): boolean {
    return this.#second !== Math.floor(this.#now() / secondMs) || this.#came < this.#limits.perSecondMax
  }

  /** Whether one who enters now would not be refused. */
  hasRoom(address: string): boolean {
    const { connectionsMax, perAddressMax } = this.#limits
    if (this.#open >= connectionsMax) return false
    return perAddressMax === 0 || (this.#byAddress.get(address) ?? 0) < perAddressMax
  }

  /** Whether other processes must be asked before a reader may enter. */
  get asksOthers(): boolean {
    return this.#addressCounter !== null
  }

  /**
   * Takes a place of an address among all processes, for a reader who enters in the step that waits for this. Throws a
   * Problem (429 with Retry-After) when the address has no more.
   */
  async reserve(address: string): Promise<void> {
    const answer = await this.#addressCounter?.take(address)
    if (answer === 'none') throw this.#tooMany()
    if (answer !== 'taken') return
    const taken = this.#taken.get(address) ?? []
    this.#taken.set(address, taken)
    const place = {}
    taken.push(place)
    // Whoever has not entered by then has gone, or there was no room.
    setImmediate(() => {
      const at = taken.indexOf(place)
      if (at !== -1) {
        taken.splice(at, 1)
        this.#addressCounter?.give(address)
      }
      if (taken.length === 0) this.#taken.delete(address)
    })
  }

  /** Takes one more. Throws a Problem with Retry-After: 503 when there is no room, 429 when the address has no more. */
  enter(address: string): void {
    const { connectionsMax, perAddressMax } = this.#limits
    if (this.#open >= connectionsMax)
      throw this.#refusal('no-room', 'There is no room for another reader here. Come back in a moment.')
    if (perAddressMax > 0) {
      const count = this.#byAddress.get(address) ?? 0
      const isCounted = this.#taken.get(address)?.pop() !== undefined
      if (!isCounted && count >= perAddressMax) throw this.#tooMany()
      this.#byAddress.set(address, count + 1)
    }
    this.#open += 1
  }

  leave(address: string): void {
    this.#open -= 1
    if (this.#limits.perAddressMax === 0) return
    const count = this.#byAddress.get(address) ?? 0
    if (count > 1) this.#byAddress.set(address, count - 1)
    else this.#byAddress.delete(address)
    this.#addressCounter?.give(address)
  }

  #tooMany(): Problem {
    const { perAddressMax } = this.#limits
    return this.#refusal(
      'too-many-from-here',
      `At most ${counted(perAddressMax, 'stream')} of one address. Close one first.`,
      429,
    )
  }

  #refusal(code: string, detail: string, status = 503): Problem {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
    return new Problem(status, code, detail, { retryAfterSeconds })
  }
}
