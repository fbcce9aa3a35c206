import { notSent, SendRing, sendBytesMax, sendsMax, unknownOutcome } from './send-ring.ts'

type Logger = {
  readonly report: (error: unknown, doing: string) => void
  readonly debug: (line: string) => void
}

/** Makes a batch that uses an io_uring where it is wanted and available. */
export function openWriteBatch(ringWanted: boolean, logger: Logger): WriteBatch {
  return new WriteBatch(ringWanted ? ringOrNull(logger) : null, logger.report)
}

function ringOrNull({ debug }: Pick<Logger, 'debug'>): SendRing | null {
  try {
    return SendRing.open()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    debug(`Each socket is written to on its own, which costs more CPU: io_uring is not available (${why}).`)
    return null
  }
}

/** A socket whose writes can be batched. */
export type BatchableSocket = {
  /** The file descriptor; -1: the ring may not be used now, because the socket is closed or has queued bytes. */
  readonly openFile: number
  /** Writes through the stream. */
  writeQueued(bytes: Uint8Array): void
  /** Closes the connection, because it is unknown which bytes were sent. */
  abandon(): void
  /** The number of the batch with the last write to this socket. */
  gathering: number
}

/**
 * Batches the writes of one step to many sockets, so that one system call sends some hundreds. No write waits longer
 * than that step. Without a ring, each socket writes at once.
 */
export class WriteBatch {
  #ring: SendRing | null
  readonly #report: (error: unknown, doing: string) => void
  readonly #outlets: BatchableSocket[] = []
  readonly #bytes: Uint8Array[] = []
  /** Indexes of those that are in the ring, in the ring's order. */
  readonly #sending: number[] = []
  #state: 'apart' | 'gathering' = 'apart'
  #gathering = 0

  constructor(ring: SendRing | null, report: (error: unknown, doing: string) => void) {
    this.#ring = ring
    this.#report = report
  }

  /** Whether writes use io_uring. */
  get usesIoUring(): boolean {
    return this.#ring !== null
  }

  /** Runs a step. When it returns, the kernel has everything that was written in it. */
  step(act: () => void): void {
    if (this.#ring === null || this.#state === 'gathering') {
      act()
      return
    }
    this.#state = 'gathering'
    this.#gathering += 1
    try {
      act()
    } finally {
      this.#state = 'apart'
      this.#flush()
    }
  }

  /** Takes a write. False: there is no batch, and the caller must write. */
  take(outlet: BatchableSocket, bytes: Uint8Array): boolean {
    if (this.#state === 'apart') return false
    // The rest of a socket's first write must be sent before its second.
    if (outlet.gathering === this.#gathering || this.#outlets.length === sendsMax) this.#flush()
    // The flush may have shown that the ring is broken.
    if (this.#ring === null || bytes.length > sendBytesMax) return false
    outlet.gathering = this.#gathering
    this.#outlets.push(outlet)
    this.#bytes.push(bytes)
    return true
  }

  /** Closes the ring. Each socket writes on its own from then on. */
  close(): void {
    this.#ring?.close()
    this.#ring = null
  }

  #flush(): void {
    const ring = this.#ring
    if (ring === null) return
    // After this, the next write to a socket is the first of a new batch.
    this.#gathering += 1
    // No other code runs between this check of each socket and the system call, so no descriptor can be reused by
    // another socket.
    for (let index = 0; index < this.#outlets.length; index += 1) this.#add(ring, index)
    this.#send(ring)
    this.#outlets.length = 0
    this.#bytes.length = 0
    if (ring.isSound) return
    this.#ring = null
    this.#report(new Error('io_uring failed; each socket is written to on its own from now on.'), 'sending')
  }

  #add(ring: SendRing, index: number): void {
    const outlet = this.#outlets[index]
    const bytes = this.#bytes[index]
    if (outlet === undefined || bytes === undefined) return
    const file = outlet.openFile
    if (file === -1) {
      outlet.writeQueued(bytes)
      return
    }
    if (!ring.add(file, bytes)) {
      this.#send(ring)
      ring.add(file, bytes)
    }
    this.#sending.push(index)
  }

  /**
   * Writes that the kernel did not take completely go through the stream, which queues them or notices the disconnect.
   */
  #send(ring: SendRing): void {
    const results = ring.send()
    for (const [place, index] of this.#sending.entries()) {
      const outlet = this.#outlets[index]
      const bytes = this.#bytes[index]
      const taken = results[place] ?? notSent
      if (outlet === undefined || bytes === undefined || taken === bytes.length) continue
      if (taken === unknownOutcome) outlet.abandon()
      else outlet.writeQueued(taken > 0 ? bytes.subarray(taken) : bytes)
    }
    this.#sending.length = 0
  }
}
