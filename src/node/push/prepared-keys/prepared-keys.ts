import { hash } from 'node:crypto'
import type { PushAddress } from '../../../push/subscriptions/subscription.ts'
import { makeRecord, plainBytesMax, recordBytes, sealWith } from '../node-seal.ts'

/**
 * Prepared records, in memory that all sending threads share. The thread that sends a reader's push takes their record.
 * A slot is found by a hash of the address's keys, so new keys never match an old record.
 * A slot's state changes only by compare-and-exchange: `free` → `held` (being written) → `ready` → `held` (being taken)
 * → `free`. If a thread dies in between, the slot stays held and is never used again.
 */
export type PreparedSlab = {
  readonly states: SharedArrayBuffer
  readonly tags: SharedArrayBuffer
  readonly records: SharedArrayBuffer
  /** How many are ready, and how many were ever taken. */
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

/** Reserves memory for at most that many records. The kernel allocates its pages when they are first written. */
export function makePreparedSlab(recordsMax: number): PreparedSlab {
  const slots = Math.floor(recordsMax / waysEach) * waysEach
  return {
    states: new SharedArrayBuffer(slots * wordBytes),
    tags: new SharedArrayBuffer(slots * tagWords * wordBytes),
    records: new SharedArrayBuffer(slots * recordBytes),
    counts: new SharedArrayBuffer(2 * wordBytes),
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
    return Atomics.load(this.#counts, takenCount)
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
    for (const slot of this.#slotsOf(tag)) {
      if (Atomics.load(this.#states, slot) !== ready || !this.#isTagged(slot, tag)) continue
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

  /**
   * The slots where an address's record may be: two buckets, so that few addresses find no slot until nearly all are
   * full.
   */
  #slotsOf(tag: Int32Array): readonly number[] {
    if (this.#buckets === 0) return []
    const slots: number[] = []
    for (const word of [tag[0] ?? 0, tag[1] ?? 0]) {
      const first = ((word >>> 0) % this.#buckets) * waysEach
      for (let way = 0; way < waysEach; way += 1) slots.push(first + way)
    }
    return slots
  }

  #isTagged(slot: number, tag: Int32Array): boolean {
    for (let word = 0; word < tagWords; word += 1) if (this.#tags[slot * tagWords + word] !== tag[word]) return false
    return true
  }
}

/** 128 bits of a hash of both keys, which nobody can make equal to the hash of another reader's keys. */
function tagOf({ p256dh, auth }: Keys): Int32Array {
  const digest = hash('sha256', `${p256dh} ${auth}`, 'buffer')
  const tag = new Int32Array(tagWords)
  for (let word = 0; word < tagWords; word += 1) tag[word] = digest.readInt32LE(word * wordBytes)
  return tag
}
