import { notSent, SendRing, sendBytesMax, sendsMax, unknownWhether } from './send-ring.ts'

type Logger = {
  readonly report: (error: unknown, doing: string) => void
  readonly debug: (line: string) => void
}

/** With a ring where it is wanted and the system has one. */
export function openWriteBatch(wakeWanted: boolean, logger: Logger): WriteBatch {
  return new WriteBatch(wakeWanted ? wakeOrNull(logger) : null, logger.report)
}

function wakeOrNull({ debug }: Pick<Logger, 'debug'>): SendRing | null {
  try {
    return SendRing.open()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    debug(`Each socket is written to by itself, which costs more CPU: there is no io_uring here (${why}).`)
    return null
  }
}

/** A socket whose writes may be gathered. */
export type Outlet = {
  /** The socket's file; -1: not by the ring at this moment, because it is closed or something is queued before. */
  readonly openFile: number
  /** Writes in the stream's own way. */
  writeQueued(bytes: Uint8Array): void
  /** Ends it: nobody knows what its reader has received. */
  abandon(): void
  /** The number of the gathering in which it was last written to. */
  gathering: number
}

/**
 * What is written to many sockets in one step goes to the kernel in one call for some hundreds. Nothing waits
 * longer than that step. Where there is no ring, everything is written at once by each socket itself.
 */
export class WriteBatch {
  #ring: SendRing | null
  readonly #report: (error: unknown, doing: string) => void
  readonly #outlets: Outlet[] = []
  readonly #bytes: Uint8Array[] = []
  /** Which of them are in the ring, in its order. */
  readonly #sending: number[] = []
  #state: 'apart' | 'gathering' = 'apart'
  #gathering = 0

  constructor(ring: SendRing | null, report: (error: unknown, doing: string) => void) {
    this.#ring = ring
    this.#report = report
  }

  /** Whether writes go by the ring. */
  get byRing(): boolean {
    return this.#ring !== null
  }

  /** Runs a step; when it is over, all that was written in it is with the kernel. */
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

  /** Takes a write; false: there is no step, write it yourself. */
  take(outlet: Outlet, bytes: Uint8Array): boolean {
    if (this.#state === 'apart') return false
    // The second write to a socket must not go before the rest of its first.
    if (outlet.gathering === this.#gathering) this.#flush()
    // That may have shown that the ring is broken.
    if (this.#ring === null || bytes.length > sendBytesMax) return false
    outlet.gathering = this.#gathering
    this.#outlets.push(outlet)
    this.#bytes.push(bytes)
    if (this.#outlets.length === sendsMax) this.#flush()
    return true
  }

  /** From now on each socket is written to by itself. */
  close(): void {
    this.#ring?.close()
    this.#ring = null
  }

  #flush(): void {
    const ring = this.#ring
    if (ring === null) return
    // From now on another write to the same socket is its first again.
    this.#gathering += 1
    // Between this look at each socket and the kernel's turn no other code runs, so no file can become another's.
    for (let index = 0; index < this.#outlets.length; index += 1) this.#add(ring, index)
    this.#send(ring)
    this.#outlets.length = 0
    this.#bytes.length = 0
    if (ring.isSound) return
    this.#ring = null
    this.#report(new Error('io_uring refused to go on; each socket is written to by itself.'), 'sending')
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

  /** What the kernel did not take goes on in the stream's own way, which waits, or finds that the peer has gone. */
  #send(ring: SendRing): void {
    const results = ring.send()
    for (const [place, index] of this.#sending.entries()) {
      const outlet = this.#outlets[index]
      const bytes = this.#bytes[index]
      const taken = results[place] ?? notSent
      if (outlet === undefined || bytes === undefined || taken === bytes.length) continue
      if (taken === unknownWhether) outlet.abandon()
      else outlet.writeQueued(taken > 0 ? bytes.subarray(taken) : bytes)
    }
    this.#sending.length = 0
  }
}
