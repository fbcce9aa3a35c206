import type { StreamTerms } from '../protocol/terms/stream-terms.ts'

/** Kept of each budget for the TLS handshake with its chain of certificates: a third, at most so much. */
const handshakeBytesMax = 5_000
const handshakePart = 3
/** Kept for the head of the response, with what proxies add to it. */
const headBytes = 1_000
/** Kept for the end: a `goodbye`, or two of them where the server stops, the close frame, the last chunk and TLS's. */
const endBytes = 500
/**
 * Counted for each message besides its own bytes: a TLS record has 22 to 29 (RFC 8446 §5.2), and the platform may add a
 * frame's header or the head of a chunk, of at most 10.
 */
export const messageBytes = 40
/** With less than this part of the bytes for messages, a connection ends at a heartbeat: the next alert should fit. */
const scarcePart = 4

/** What is stored of a budget while its connection hibernates. */
export type BudgetLeft = {
  readonly bytes: number
  readonly entries: number
  readonly isFirst: boolean
}

/**
 * What may still go out on one connection: bytes, and entries of its replay. Whoever sends asks first, and ends the
 * connection where the answer is no. The messages that open a connection and its first entry are always allowed, so that
 * each connection brings its reader on.
 */
export class OutgoingBudget {
  readonly #scarceBytes: number
  #bytes: number
  #entries: number
  #isFirst = true
  #isOpening = true

  /** `left`: of a connection that has been open before. */
  constructor({ budgetBytes, limitEntries }: StreamTerms, left?: BudgetLeft) {
    const bytes = budgetBytes === undefined ? Number.POSITIVE_INFINITY : bytesForMessages(budgetBytes)
    this.#scarceBytes = budgetBytes === undefined ? 0 : bytes / scarcePart
    this.#bytes = left?.bytes ?? bytes
    this.#entries = left?.entries ?? limitEntries ?? Number.POSITIVE_INFINITY
    if (left === undefined) return
    this.#isFirst = left.isFirst
    this.#isOpening = false
  }

  get left(): BudgetLeft {
    return { bytes: this.#bytes, entries: this.#entries, isFirst: this.#isFirst }
  }

  /** Whether so little is left that the connection should end at a heartbeat. */
  get isScarce(): boolean {
    return this.#bytes < this.#scarceBytes
  }

  /** The messages that open the connection have been sent. */
  opened(): void {
    this.#isOpening = false
  }

  /** Whether an entry of so many bytes may be sent; if so, it is counted. `limitEntries` is for those of a replay alone. */
  takesEntry(bytes: number, isReplayed: boolean): boolean {
    const cost = bytes + messageBytes
    if ((isReplayed && this.#entries === 0) || (this.#bytes < cost && !this.#isFirst)) return false
    if (isReplayed) this.#entries -= 1
    this.#bytes -= cost
    this.#isFirst = false
    this.#isOpening = false
    return true
  }

  /**
   * Whether other messages of so many bytes may be sent; if so, they are counted. `isEntryDue`: an entry is about to be sent, such as one
   * of a replay that is being read: what is said meanwhile, in answer to a ping, does not take its place as the first.
   */
  takes(bytes: number, messages = 1, isEntryDue = false): boolean {
    const cost = bytes + messages * messageBytes
    if (!this.#isOpening) {
      if (this.#bytes < cost) return false
      // An entry that does not fit now may fit on the next connection, where it comes first.
      if (!isEntryDue) this.#isFirst = false
    }
    this.#bytes -= cost
    return true
  }
}

/** The bytes of messages that a budget leaves room for. */
export function bytesForMessages(budgetBytes: number): number {
  return budgetBytes - Math.min(handshakeBytesMax, Math.floor(budgetBytes / handshakePart)) - headBytes - endBytes
}
