import { LRUCache } from 'lru-cache'
import { isUnmodified } from '../../http/conditional-requests.ts'

/** A response as it is written, the same for every client. */
export type ReadAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The memory of a cached response besides its body, in bytes: headers, key and map entries. */
const answerBytes = 1_024
/** What its compressed forms take together, as a share of the body. */
const codedShare = 0.5
const onceBytesMax = 8 * 1_024 * 1_024
const againBytesMax = 24 * 1_024 * 1_024
const oneBytesMax = 2 * 1_024 * 1_024

/**
 * Caches the responses since the log's head last moved, up to a number of bytes. Responses that were requested once and
 * those that were requested again have segments of their own (segmented LRU), so that a thousand URLs that one client
 * requests evict none that many request.
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

  /** The cached response of a key at this head. A head other than the last one clears the cache. */
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

  /** Caches a response that was made at this head, unless the head has moved since. */
  set(key: string, head: string, answer: ReadAnswer): void {
    if (head === this.#head) this.#once.set(key, answer)
  }

  /** The size of the cached responses in bytes. */
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
    sizeCalculation: ({ body }, key) => answerBytes + key.length + Math.ceil(body.byteLength * (1 + codedShare)),
  })
}

/** Whether a shared cache may store this response. */
export function isCacheableResponse({ status, headers }: ReadAnswer): boolean {
  const vary = headers.vary?.toLowerCase()
  const isForAll = vary === undefined || vary === 'accept-encoding'
  const caching = headers['cache-control'] ?? ''
  return status === 200 && isForAll && /\bpublic\b/.test(caching) && !/\bno-cache\b/.test(caching)
}

/**
 * Whether a client has this version in this form already, by its conditional headers (RFC 9110 §13.2.2): the entity tag when there is
 * one, by weak comparison; else the date.
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
