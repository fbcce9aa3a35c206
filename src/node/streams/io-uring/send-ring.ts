import { type KernelCalls, kernelCalls } from './kernel-calls.ts'

// Linux's io_uring, as far as sending needs it (io_uring(7), io_uring_setup(2), include/uapi/linux/io_uring.h).

const sendOperation = 26
/**
 * SINGLE_ISSUER, DEFER_TASKRUN and SUBMIT_ALL: one thread submits, completions run only when it waits, and a failed
 * request does not stop the others.
 */
const setupFlags = (1 << 12) | (1 << 13) | (1 << 7)
/** MSG_DONTWAIT and MSG_NOSIGNAL: a full socket gives an error at once, and nothing waits in the kernel. */
const sendFlags = 0x40 | 0x4000
const mapShared = 1
const mapPrivateAnonymous = 0x22
const entriesOffset = 0x1000_0000
const paramsBytes = 120
const entryWords = 16
const completionWords = 4

/**
 * The most sends in one system call: enough to make its cost negligible, few enough not to block the event loop for
 * long.
 */
export const sendsMax = 128
/** The most bytes in one system call. Longer writes do not use the ring. */
export const sendBytesMax = 256 * 1_024

/** EAGAIN: nothing was sent. The bytes may be sent in another way. */
export const notSent = -11
/** ECANCELED: it is unknown whether the bytes were sent. */
export const unknownOutcome = -125

/**
 * Sends to many sockets in one system call. With thousands of readers that costs less than a `write()` for each
 * (docs/performance.md). Bytes are copied in, and when `send` returns the kernel no longer references them.
 */
export class SendRing {
  readonly #calls: KernelCalls
  readonly #fd: number
  /** Both rings as 32-bit words, and the indexes of their heads and tails. */
  readonly #words: Uint32Array
  readonly #marks: {
    readonly sqHead: number
    readonly sqTail: number
    readonly cqHead: number
    readonly cqTail: number
  }
  readonly #completions: Int32Array
  readonly #entries: Uint32Array
  readonly #entriesMask: number
  readonly #arena: Arena
  readonly #results = new Int32Array(sendsMax)
  #count = 0
  #isSound = true

  private constructor(calls: KernelCalls) {
    this.#calls = calls
    const params = new Uint32Array(paramsBytes / 4)
    params[2] = setupFlags
    this.#fd = calls.setup(sendsMax, new Uint8Array(params.buffer))
    const word = (index: number): number => params[index] ?? 0
    // struct io_uring_params: the sizes, then sq_off from word 10 and cq_off from word 20.
    const [sqSize, cqSize, sqArray, cqes] = [word(0), word(1), word(16), word(25)]
    const bytes = Math.max(sqArray + sqSize * 4, cqes + cqSize * completionWords * 4)
    const ring = calls.map(bytes, mapShared, this.#fd, 0).bytes
    this.#words = new Uint32Array(ring, 0, bytes >> 2)
    this.#marks = { sqHead: word(10) / 4, sqTail: word(11) / 4, cqHead: word(20) / 4, cqTail: word(21) / 4 }
    this.#completions = new Int32Array(ring, cqes, cqSize * completionWords)
    this.#entries = new Uint32Array(calls.map(sqSize * entryWords * 4, mapShared, this.#fd, entriesOffset).bytes)
    this.#entriesMask = sqSize - 1
    this.#arena = new Arena(calls)
    for (let slot = 0; slot < sqSize; slot += 1) {
      this.#words[sqArray / 4 + slot] = slot
      this.#entries[slot * entryWords] = sendOperation
      this.#entries[slot * entryWords + 7] = sendFlags
      this.#entries[slot * entryWords + 8] = slot
    }
  }

  /**
   * Opens a ring and checks it on a pair of sockets. Throws where it is not available: on another system, on a kernel
   * before 6.1, without koffi, or in a container that may not use io_uring.
   */
  static open(): SendRing {
    const calls = kernelCalls()
    const ring = new SendRing(calls)
    try {
      ring.#try()
    } catch (error) {
      ring.close()
      throw error
    }
    return ring
  }

  /** False after the kernel has refused a call. From then on every result is `notSent`. */
  get isSound(): boolean {
    return this.#isSound
  }

  /** Adds a send to the next call. False: there is no room in it. */
  add(fd: number, bytes: Uint8Array): boolean {
    if (this.#count === sendsMax) return false
    const place = this.#arena.placeOf(bytes)
    if (place === -1) return false
    const slot = (this.#word(this.#marks.sqTail) + this.#count) & this.#entriesMask
    const at = slot * entryWords
    this.#entries[at + 1] = fd
    // Stored as two 32-bit words: what the lower one cannot hold is carried into the upper one.
    const low = this.#arena.atLow + place
    this.#entries[at + 4] = low
    this.#entries[at + 5] = this.#arena.atHigh + (low > 0xffff_ffff ? 1 : 0)
    this.#entries[at + 6] = bytes.length
    this.#count += 1
    return true
  }

  /**
   * Sends what was added. Gives for each, in the order of adding, the bytes that the kernel took, or a negative errno
   * (`notSent`, `unknownOutcome`, EPIPE …). The next call overwrites the array.
   */
  send(): Int32Array {
    const count = this.#count
    const results = this.#results.subarray(0, count)
    results.fill(notSent)
    this.#count = 0
    this.#arena.clear()
    if (!this.#isSound || count === 0) return results
    const { sqHead, sqTail } = this.#marks
    const first = this.#word(sqTail)
    this.#words[sqTail] = first + count
    const submitted = this.#calls.enter(this.#fd, count, count)
    const taken = (this.#word(sqHead) - first) >>> 0
    results.fill(unknownOutcome, 0, Math.min(taken, count))
    const completed = this.#take(first, results)
    if (submitted !== count || taken !== count || completed !== count) this.#isSound = false
    return results
  }

  close(): void {
    this.#isSound = false
    this.#calls.close(this.#fd)
  }

  /** Reads the completions, and gives their number. */
  #take(first: number, results: Int32Array): number {
    const { cqHead, cqTail } = this.#marks
    const mask = this.#completions.length / completionWords - 1
    const tail = this.#word(cqTail)
    let completed = 0
    for (let head = this.#word(cqHead); head !== tail; head = (head + 1) >>> 0) {
      const at = (head & mask) * completionWords
      const slot = this.#completions[at] ?? 0
      results[(slot - first) & this.#entriesMask] = this.#completions[at + 2] ?? unknownOutcome
      completed += 1
    }
    this.#words[cqHead] = tail
    return completed
  }

  #word(index: number): number {
    return this.#words[index] ?? 0
  }

  /** Sends over a socket pair: the bytes must arrive, and a full socket must give an error at once. */
  #try(): void {
    const [near, far] = this.#calls.socketpair()
    try {
      const said = Buffer.from('tocsin')
      this.add(near, said)
      const heard = Buffer.alloc(said.length)
      if (this.send()[0] !== said.length || this.#calls.read(far, heard) !== said.length || !heard.equals(said))
        throw new Error('io_uring did not send what it was given')
      const much = Buffer.alloc(sendBytesMax)
      // A socket pair buffers some 200 KiB.
      for (let sends = 0; sends < 100; sends += 1) {
        this.add(near, much)
        if ((this.send()[0] ?? 0) === notSent) return
        if (!this.#isSound) break
      }
      throw new Error('io_uring does not say that a socket is full')
    } finally {
      this.#calls.close(near)
      this.#calls.close(far)
    }
  }
}

/** The memory that bytes are sent from. Bytes for many sockets are copied into it once. */
class Arena {
  readonly atLow: number
  readonly atHigh: number
  readonly #bytes: Uint8Array
  readonly #offsets = new Map<Uint8Array, number>()
  #last: Uint8Array | null = null
  #lastPlace = 0
  #used = 0

  constructor(calls: Pick<KernelCalls, 'map'>) {
    const { at, bytes } = calls.map(sendBytesMax, mapPrivateAnonymous, -1, 0)
    this.atLow = Number(at & 0xffff_ffffn)
    this.atHigh = Number(at >> 32n)
    this.#bytes = new Uint8Array(bytes)
  }

  /** The offset of the bytes; -1: no room. */
  placeOf(bytes: Uint8Array): number {
    if (bytes === this.#last) return this.#lastPlace
    const place = this.#offsets.get(bytes) ?? this.#copy(bytes)
    if (place === -1) return -1
    this.#last = bytes
    this.#lastPlace = place
    return place
  }

  clear(): void {
    this.#offsets.clear()
    this.#last = null
    this.#used = 0
  }

  #copy(bytes: Uint8Array): number {
    const place = this.#used
    if (place + bytes.length > sendBytesMax) return -1
    this.#bytes.set(bytes, place)
    this.#offsets.set(bytes, place)
    this.#used += bytes.length
    return place
  }
}
