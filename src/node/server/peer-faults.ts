/** Faults of peers that no server can prevent. They are counted, and not logged one by one. */
export const peerFaultKinds = [
  /** Not HTTP, or HTTP that a server must refuse. */
  'malformed-request',
  /** Headers or a body that did not arrive in time. */
  'late-request',
  /** A body that broke off before its end. */
  'broken-body',
  /** The peer did not read the response in time. */
  'untaken-answer',
  /** The peer sent more bytes ahead, while a response was still unread, than are buffered. */
  'too-much-ahead',
  /** The peer kept its side open after the connection's end. */
  'half-open',
  /** Closed to make room for a newer connection, at the limit of connections. */
  'displaced',
  /** A reader sent more WebSocket messages than allowed, pings and pongs included. */
  'message-flood',
  /** A reader kept sending messages that are invalid or too large. */
  'bad-messages',
] as const

export type PeerFault = (typeof peerFaultKinds)[number]

const minuteMs = 60_000

/** Counts the faults for /metrics, and logs their counts once a minute. */
export class PeerFaults {
  readonly counts = new Map<PeerFault, number>()
  readonly #minute = new Map<PeerFault, number>()
  readonly #log: (line: string) => void
  #timer: NodeJS.Timeout | null = null

  constructor(log: (line: string) => void = () => {}) {
    this.#log = log
  }

  count(kind: PeerFault): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    this.#minute.set(kind, (this.#minute.get(kind) ?? 0) + 1)
    this.#timer ??= setTimeout(() => this.logCounts(), minuteMs).unref()
  }

  /** Logs the counts since the last such line; nothing when there were none. */
  logCounts(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#minute.size === 0) return
    const counts = [...this.#minute].map(([kind, count]) => `${kind} ${count}`).join(', ')
    this.#minute.clear()
    this.#log(`What peers did in the last minute that was cut or refused: ${counts}.`)
  }
}
