/** What peers do that no server can prevent: it is nobody's error here, so it is counted and not logged one by one. */
export const peerFaultKinds = [
  /** Not HTTP, or HTTP that may not be taken. */
  'malformed-request',
  /** Headers or a body that did not come in time. */
  'late-request',
  /** A body that ended before its end. */
  'broken-body',
  /** The answer was not taken in time. */
  'untaken-answer',
  /** More was sent while an answer was still to be taken than is kept. */
  'too-much-ahead',
  /** The connection stayed open after its end. */
  'half-open',
  /** Closed for a newer one, because there are no more connections to have. */
  'displaced',
  /** A reader sent more on its socket than may be sent, pings and pongs counted. */
  'message-flood',
  /** A reader went on sending what is not understood, or a message that is too large. */
  'bad-messages',
] as const

export type PeerFault = (typeof peerFaultKinds)[number]

const minuteMs = 60_000

/** Counts them for /metrics, and says once a minute how many there were. */
export class PeerFaults {
  readonly counts = new Map<PeerFault, number>()
  readonly #minute = new Map<PeerFault, number>()
  readonly #say: (line: string) => void
  #timer: NodeJS.Timeout | null = null

  constructor(say: (line: string) => void = () => {}) {
    this.#say = say
  }

  count(kind: PeerFault): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    this.#minute.set(kind, (this.#minute.get(kind) ?? 0) + 1)
    this.#timer ??= setTimeout(() => this.tell(), minuteMs).unref()
  }

  /** Says how many there were since it was last said; nothing when there were none. */
  tell(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#minute.size === 0) return
    const counts = [...this.#minute].map(([kind, count]) => `${kind} ${count}`).join(', ')
    this.#minute.clear()
    this.#say(`What peers did in the last minute that was cut or refused: ${counts}.`)
  }
}
