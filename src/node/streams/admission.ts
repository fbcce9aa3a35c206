import { counted } from '../../domain/plural.ts'
import { Problem } from '../../domain/problem.ts'

type AdmissionLimits = {
  /** The most live streams of this process. */
  readonly connectionsMax: number
  /** The most live streams of one address; 0: no limit. */
  readonly perAddressMax: number
  /** The most arrivals within a second, admitted or not. */
  readonly perSecondMax: number
}

/** Counts the live streams of each address, over all processes. */
export type AddressCounter = {
  /** Takes one slot. `none`: the address is at its limit; `unknown`: no answer, so each process counts on its own. */
  take(address: string): Promise<'taken' | 'none' | 'unknown'>
  give(address: string): void
}

const retryAfterSeconds = 5
/** Other processes, or this one after its restart, take the readers of a service that stops. */
const stoppingRetryAfterSeconds = 1
const secondMs = 1_000

/**
 * Counts live streams in memory. Addresses are counted only while a stream is open, and only where a limit asks for it.
 * Each process counts its own streams; those of an address are counted over all processes by the `AddressCounter`.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #byAddress = new Map<string, number>()
  readonly #now: () => number
  /** The number of refusals, by the problem's code. */
  readonly refusals = new Map<string, number>()
  readonly #addressCounter: AddressCounter | null
  /** Slots reserved for readers who are about to enter, by address. */
  readonly #reservations = new Map<string, object[]>()
  /** Connections whose arrival is counted, and which were passed on to the app. */
  readonly #counted = new WeakSet<object>()
  #open = 0
  #second = 0
  #came = 0
  #isStopping = false
  /** Why readers are sent to another node; null: they are not. */
  #elsewhere: string | null = null

  constructor(limits: AdmissionLimits, now: () => number, addressCounter: AddressCounter | null = null) {
    this.#limits = limits
    this.#now = now
    this.#addressCounter = limits.perAddressMax > 0 ? addressCounter : null
  }

  get open(): number {
    return this.#open
  }

  /** Whether there is a limit for each address. */
  get countsAddresses(): boolean {
    return this.#limits.perAddressMax > 0
  }

  /** From now on no arrival is accepted, even if there are free slots. */
  stop(): void {
    this.#isStopping = true
  }

  /** While there is a reason, no arrival is accepted: another node is better for the reader. */
  sendElsewhere(reason: string | null): void {
    this.#elsewhere = reason
  }

  /**
   * Counts an arrival, before any work is done for it. `connection`: not counted again where `passOn` has named it.
   * Throws a Problem (503 with Retry-After) beyond the limit a second, and while the service stops or sends readers to
   * another node.
   */
  countArrival(connection: object | null = null): void {
    if (this.#isStopping) throw this.#stopping()
    if (this.#elsewhere !== null) throw this.#refusal(503, 'cannot-read', this.#elsewhere, stoppingRetryAfterSeconds)
    if (connection !== null && this.#counted.delete(connection)) return
    const second = Math.floor(this.#now() / secondMs)
    if (second !== this.#second) {
      this.#second = second
      this.#came = 0
    }
    this.#came += 1
    if (this.#came > this.#limits.perSecondMax)
      throw this.#refusal(503, 'too-many-at-once', 'Too many come at this moment. Come back in a few seconds.')
  }

  /** A counted arrival is left to the app, which counts arrivals too. */
  passOn(connection: object): void {
    this.#counted.add(connection)
  }

  /** Whether `countArrival` would accept an arrival now. */
  get acceptsArrivals(): boolean {
    if (this.#isStopping || this.#elsewhere !== null) return false
    return this.#second !== Math.floor(this.#now() / secondMs) || this.#came < this.#limits.perSecondMax
  }

  /** Whether `enter` would admit a reader now. */
  hasRoom(address: string): boolean {
    const { connectionsMax, perAddressMax } = this.#limits
    if (this.#isStopping || this.#open >= connectionsMax) return false
    return perAddressMax === 0 || (this.#byAddress.get(address) ?? 0) < perAddressMax
  }

  /** Whether `reserve` must be awaited before `enter`, because other processes count too. */
  get asksOthers(): boolean {
    return this.#addressCounter !== null
  }

  /**
   * Reserves a slot of an address among all processes. The reader must enter in the step that follows this promise.
   * Throws a Problem (429 with Retry-After) when the address is at its limit.
   */
  async reserve(address: string): Promise<void> {
    const answer = await this.#addressCounter?.take(address)
    if (answer === 'none') throw this.#tooMany()
    if (answer !== 'taken') return
    const reservations = this.#reservations.get(address) ?? []
    this.#reservations.set(address, reservations)
    const reservation = {}
    reservations.push(reservation)
    // A reader who has not entered by then has disconnected or was refused, so the slot is given back.
    setImmediate(() => {
      const at = reservations.indexOf(reservation)
      if (at !== -1) {
        reservations.splice(at, 1)
        this.#addressCounter?.give(address)
      }
      if (reservations.length === 0) this.#reservations.delete(address)
    })
  }

  /**
   * Counts a live stream. Throws a Problem with Retry-After: 503 when the process is full or stops, 429 when the
   * address is at its limit.
   */
  enter(address: string): void {
    if (this.#isStopping) throw this.#stopping()
    const { connectionsMax, perAddressMax } = this.#limits
    if (this.#open >= connectionsMax)
      throw this.#refusal(503, 'no-room', 'There is no room for another reader here. Come back in a moment.')
    if (perAddressMax > 0) {
      const count = this.#byAddress.get(address) ?? 0
      const isCounted = this.#reservations.get(address)?.pop() !== undefined
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
      429,
      'too-many-from-here',
      `At most ${counted(perAddressMax, 'stream')} of one address. Close one first.`,
    )
  }

  #stopping(): Problem {
    return this.#refusal(503, 'draining', 'This server is stopping. Come back at once.', stoppingRetryAfterSeconds)
  }

  #refusal(status: number, code: string, detail: string, seconds = retryAfterSeconds): Problem {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
    return new Problem(status, code, detail, { retryAfterSeconds: seconds })
  }
}
