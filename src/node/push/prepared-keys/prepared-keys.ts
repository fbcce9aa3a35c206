import type { PushAddress } from '../../../push/subscriptions/subscription.ts'
import { makeRecord, plainBytesMax, recordBytes, sealWith } from '../node-seal.ts'

/**
 * Prepared records, in memory that all sending threads share. The thread that sends a reader's push takes their record.
 * A slot is found by a tag of the address's keys, so new keys never match an old record.
 * A slot's state changes only by compare-and-exchange: `free` → `held` (being written) → `ready` → `held` (being taken)
 * → `free`. If a thread dies in between, the slot stays held and is never used again.
 */
export type PreparedSlab = {
  readonly states: SharedArrayBuffer
  readonly tags: SharedArrayBuffer
  readonly records: SharedArrayBuffer
  /** How many are ready, how many were ever taken, and how many were wanted and not there. */
  readonly counts: SharedArrayBuffer
}

type Keys = Pick<PushAddress, 'p256dh' | 'auth'>

const free = 0
const held = 1
const ready = 2
const waysEach = 8
const tagWords = 4
const wordBytes = 4
const readyCount = 0
const takenCount = 1
const missedCount = 2

/** Reserves memory for at most that many records. The kernel allocates its pages when they are first written. */
export function makePreparedSlab(recordsMax: number): PreparedSlab {
  const slots = Math.floor(recordsMax / waysEach) * waysEach
  return {
    states: new SharedArrayBuffer(slots * wordBytes),
    tags: new SharedArrayBuffer(slots * tagWords * wordBytes),
    records: new SharedArrayBuffer(slots * recordBytes),
    counts: new SharedArrayBuffer(3 * wordBytes),
  }
}

/** One thread's access to the prepared records. */
export class PreparedKeys {
  readonly #states: Int32Array
  readonly #tags: Int32Array
  readonly #records: Uint8Array
  readonly #counts: Int32Array
  readonly #buckets: number
  readonly #taken = new Uint8Array(recordBytes)

  constructor({ states, tags, records, counts }: PreparedSlab) {
    this.#states = new Int32Array(states)
    this.#tags = new Int32Array(tags)
    this.#records = new Uint8Array(records)
    this.#counts = new Int32Array(counts)
    this.#buckets = this.#states.length / waysEach
  }

  /** Whether there is room for any record at all. */
  get hasSpace(): boolean {
    return this.#buckets > 0
  }

  /** How many records are ready. */
  get count(): number {
    return Atomics.load(this.#counts, readyCount)
  }

  /** How many were taken since the start. The number wraps around. */
  get taken(): number {
    return Atomics.load(this.#counts, takenCount) >>> 0
  }

  /** How many pushes found none since the start. The number wraps around. */
  get missed(): number {
    return Atomics.load(this.#counts, missedCount) >>> 0
  }

  /**
   * Prepares a record for an address unless it has one. Without a free slot, another address's record is replaced: some
   * belong to readers who have unsubscribed. Throws when the address's keys are invalid.
   */
  prepare(keys: Keys): 'made' | 'there' | 'full' {
    const tag = tagOf(keys)
    const slots = this.#slotsOf(tag)
    if (slots.some((slot) => Atomics.load(this.#states, slot) === ready && this.#isTagged(slot, tag))) return 'there'
    const room = this.#reserve(slots)
    if (room !== null) {
      this.#fill(room, tag, keys)
      return 'made'
    }
    const other = slots[(tag[2] ?? 0) >>> 28]
    if (other === undefined || Atomics.compareExchange(this.#states, other, ready, held) !== ready) return 'full'
    Atomics.sub(this.#counts, readyCount, 1)
    this.#fill(other, tag, keys)
    return 'made'
  }

  /** Encrypts with the address's record, which is taken and zeroed in the same synchronous step; null without one. */
  seal(keys: Keys, payload: Uint8Array): Uint8Array | null {
    if (payload.length > plainBytesMax) return null
    const tag = tagOf(keys)
    if (this.#buckets === 0) return null
    const firsts = [this.#firstSlotOf(tag, 0), this.#firstSlotOf(tag, 1)] as const
    for (let nth = 0; nth < 2 * waysEach; nth += 1) {
      const slot = firsts[nth < waysEach ? 0 : 1] + (nth % waysEach)
      if (!this.#isTagged(slot, tag) || Atomics.load(this.#states, slot) !== ready) continue
      if (Atomics.compareExchange(this.#states, slot, ready, held) !== ready) continue
      if (!this.#isTagged(slot, tag)) {
        // Another thread has replaced the record in the meantime.
        Atomics.store(this.#states, slot, ready)
        continue
      }
      const record = this.#records.subarray(slot * recordBytes, (slot + 1) * recordBytes)
      this.#taken.set(record)
      record.fill(0)
      this.#tags.fill(0, slot * tagWords, (slot + 1) * tagWords)
      Atomics.store(this.#states, slot, free)
      Atomics.sub(this.#counts, readyCount, 1)
      Atomics.add(this.#counts, takenCount, 1)
      return sealWith(this.#taken, payload)
    }
    Atomics.add(this.#counts, missedCount, 1)
    return null
  }

  /**
   * Takes a free slot, of the bucket with more of them: buckets that fill evenly refuse hardly anything until nearly all
   * slots are taken. Null when both are full.
   */
  #reserve(slots: readonly number[]): number | null {
    const isFree = (slot: number): boolean => Atomics.load(this.#states, slot) === free
    const buckets = [slots.slice(0, waysEach).filter(isFree), slots.slice(waysEach).filter(isFree)]
    for (const slot of buckets.sort((a, b) => b.length - a.length).flat())
      if (Atomics.compareExchange(this.#states, slot, free, held) === free) return slot
    return null
  }

  #fill(slot: number, tag: Int32Array, keys: Keys): void {
    const record = this.#records.subarray(slot * recordBytes, (slot + 1) * recordBytes)
    try {
      makeRecord(keys, record)
    } catch (error) {
      record.fill(0)
      Atomics.store(this.#states, slot, free)
      throw error
    }
    this.#tags.set(tag, slot * tagWords)
    Atomics.add(this.#counts, readyCount, 1)
    Atomics.store(this.#states, slot, ready)
  }

  #slotsOf(tag: Int32Array): readonly number[] {
    if (this.#buckets === 0) return []
    const slots: number[] = []
    for (const first of [this.#firstSlotOf(tag, 0), this.#firstSlotOf(tag, 1)])
      for (let way = 0; way < waysEach; way += 1) slots.push(first + way)
    return slots
  }

  /**
   * The slots where an address's record may be: two buckets, so that few addresses find no slot until nearly all are
   * full. Gives the first slot of one of them.
   */
  #firstSlotOf(tag: Int32Array, nth: 0 | 1): number {
    return (hashOf(tag, nth) % this.#buckets) * waysEach
  }

  #isTagged(slot: number, tag: Int32Array): boolean {
    for (let word = 0; word < tagWords; word += 1) if (this.#tags[slot * tagWords + word] !== tag[word]) return false
    return true
  }
}

/** Spreads tags over the buckets, also those of keys that differ in a few bits (the mixing steps of MurmurHash3). */
function hashOf(tag: Int32Array, seed: number): number {
  let mixed = seed
  for (let word = 0; word < tagWords; word += 1) {
    mixed = Math.imul(mixed ^ (tag[word] ?? 0), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    mixed ^= mixed >>> 16
  }
  return mixed >>> 0
}

/** The bytes of the secret, and as many of the public key after the byte that all public keys begin with. */
const keyBytes = Buffer.alloc(2 * tagWords * wordBytes + 1)
const publicAt = tagWords * wordBytes

/**
 * 128 bits of both keys. They contain a reader's secret, so nobody else can choose keys of the same tag. A hash of the
 * keys would take ten times as long.
 */
function tagOf({ p256dh, auth }: Keys): Int32Array {
  keyBytes.fill(0)
  keyBytes.write(auth, 0, publicAt, 'base64url')
  keyBytes.write(p256dh, publicAt, 'base64url')
  const tag = new Int32Array(tagWords)
  for (let word = 0; word < tagWords; word += 1) {
    const at = word * wordBytes
    tag[word] = keyBytes.readInt32LE(at) ^ keyBytes.readInt32LE(publicAt + 1 + at)
  }
  return tag
}
