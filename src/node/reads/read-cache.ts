import { LRUCache } from 'lru-cache'
import { isUnmodified } from '../../http/conditional-requests.ts'

/** An answer as it is written, whoever asks. */
export type ReadAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Beside the body of an answer: its headers, its key and their places. */
const answerBytes = 1_024
const onceBytesMax = 8 * 1_024 * 1_024
const againBytesMax = 24 * 1_024 * 1_024
const oneBytesMax = 2 * 1_024 * 1_024

/**
 * The answers made since the log's head last moved, bounded by their bytes. What was asked for once and what was asked for
 * again are kept apart (segmented LRU), so that a thousand addresses which nobody else asks for drop none that others do.
 */
export class ReadCache {
  readonly #once: LRUCache<string, ReadAnswer>
  readonly #again: LRUCache<string, ReadAnswer>
  #head = ''

  constructor(
    bytesMax: { readonly once: number; readonly again: number } = { once: onceBytesMax, again: againBytesMax },
  ) {
    this.#once = segment(bytesMax.once)
    this.#again = segment(bytesMax.again)
  }

  /** What was kept for a key at this head. Another head than the last drops everything. */
  get(key: string, head: string): ReadAnswer | undefined {
    this.#at(head)
    const known = this.#again.get(key)
    if (known !== undefined) return known
    const found = this.#once.get(key)
    if (found === undefined) return undefined
    this.#once.delete(key)
    this.#again.set(key, found)
    return found
  }

  /** Keeps an answer that was made at this head, unless that has passed. */
  set(key: string, head: string, answer: ReadAnswer): void {
    if (head === this.#head) this.#once.set(key, answer)
  }

  /** The bytes that are held. */
  get bytes(): number {
    return this.#once.calculatedSize + this.#again.calculatedSize
  }

  #at(head: string): void {
    if (head === this.#head) return
    this.#head = head
    this.#once.clear()
    this.#again.clear()
  }
}

function segment(maxSize: number): LRUCache<string, ReadAnswer> {
  return new LRUCache({
    maxSize,
    maxEntrySize: Math.min(maxSize, oneBytesMax),
    sizeCalculation: ({ body }, key) => answerBytes + key.length + body.byteLength,
  })
}

/** Whether anyone may be given this answer again. */
export function isCacheable({ status, headers }: ReadAnswer): boolean {
  const vary = headers.vary?.toLowerCase()
  const isForAll = vary === undefined || vary === 'accept-encoding'
  const caching = headers['cache-control'] ?? ''
  return status === 200 && isForAll && /\bpublic\b/.test(caching) && !/\bno-cache\b/.test(caching)
}

/**
 * Whether a reader has this already, by what they ask with (RFC 9110 §13.2.2): the entity tag when one is given, by weak
 * comparison; else the date.
 */
export function isKnown(
  answer: ReadAnswer,
  {
    'if-none-match': tags,
    'if-modified-since': since,
  }: { 'if-none-match'?: string | undefined; 'if-modified-since'?: string | undefined },
  nowMs: number,
): boolean {
  if (answer.status !== 200) return false
  const { etag, 'last-modified': modified } = answer.headers
  if (tags !== undefined) {
    if (tags.trim() === '*') return true
    const bare = etag?.replace(/^W\//, '')
    return bare !== undefined && [...tags.matchAll(/"[^"]*"/g)].some(([tag]) => tag === bare)
  }
  return isUnmodified(modified, { tags, since }, nowMs)
}
