import type { StreamTerms } from '../../../src/protocol/terms/stream-terms.ts'
import type { FakeWorld } from '../fake-world.ts'

/** How the network between a client and the service is. */
export type NetworkTerms = {
  /** Bytes that it lets through of each connection to the client, TLS included; then it keeps silent. */
  readonly bytesMax: number
  /** Bytes of the TLS handshake, and of the head of a response. */
  readonly handshakeBytes: number
  readonly headBytes: number
  readonly rttMs: number
  /** How much later than usual what is sent now arrives. */
  readonly delayMs: () => number
}

const recordBytesMax = 16_384
/** Of TLS 1.3 with each record (RFC 8446 §5.2). */
const recordOverheadBytes = 22

/** The client's end: what has come, without the response's head, and the end. */
export type Receiver = {
  readonly bytes: (bytes: Uint8Array) => void
  readonly ended: (code: number) => void
}

/**
 * One connection through a network that stops it after so many bytes. A server before ours puts into a TLS record what
 * is written at one moment, up to 16 KB, and of a record that is cut nothing is seen.
 */
export class SimulatedLine {
  readonly terms: StreamTerms
  readonly #clock: FakeWorld
  readonly #network: NetworkTerms
  readonly #receiver: Receiver
  #written: Uint8Array[] = []
  #passedBytes: number
  /** Of the written bytes so many at the front are the response's head, which the receiver is not given. */
  #headLeft = 0
  #arrivesMs = 0
  isFrozen = false
  isDropped = false
  onDropped: () => void = () => {}

  constructor(clock: FakeWorld, network: NetworkTerms, terms: StreamTerms, receiver: Receiver) {
    this.#clock = clock
    this.#network = network
    this.terms = terms
    this.#receiver = receiver
    this.#passedBytes = network.handshakeBytes
  }

  /** The server answers. */
  begin(): void {
    this.#headLeft = this.#network.headBytes
    this.send(new Uint8Array(this.#headLeft))
  }

  send(bytes: Uint8Array): void {
    this.#written.push(bytes)
    if (this.#written.length === 1) this.#clock.later(0, () => this.#flush())
  }

  /** The server closes. */
  end(code: number): void {
    this.#flush()
    this.#arrive(() => this.#receiver.ended(code))
  }

  /** The client closes: the server hears of it where the network still passes anything. */
  drop(): void {
    if (this.isDropped) return
    this.isDropped = true
    this.#clock.later(this.#network.rttMs / 2, () => {
      if (!this.isFrozen) this.onDropped()
    })
  }

  #flush(): void {
    const written = Buffer.concat(this.#written)
    this.#written = []
    for (let at = 0; at < written.length; at += recordBytesMax) {
      const record = written.subarray(at, at + recordBytesMax)
      this.#passedBytes += record.length + recordOverheadBytes
      if (this.#passedBytes > this.#network.bytesMax) this.isFrozen = true
      const shown = record.subarray(this.#headLeft)
      this.#headLeft -= record.length - shown.length
      this.#arrive(() => this.#receiver.bytes(shown))
    }
  }

  #arrive(act: () => void): void {
    if (this.isFrozen) return
    const { rttMs, delayMs } = this.#network
    this.#arrivesMs = Math.max(this.#arrivesMs, this.#clock.now() + rttMs / 2 + delayMs())
    this.#clock.later(this.#arrivesMs - this.#clock.now(), () => {
      if (!this.isDropped) act()
    })
  }
}
