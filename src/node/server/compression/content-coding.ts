import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

// Compression of what is sent (RFC 9110 §8.4). Only answers that are the same for everybody are compressed: to requests with a key or
// the cookie of a session only those that any cache may keep. Other cookies, such as those of a site above ours, say nothing to us. So no
// secret stands beside what a client has put into the request, and the length of an answer gives nothing away (BREACH, CVE-2013-3587).

/** The codings that are sent, the best first. */
export const codings = ['br', 'gzip'] as const
export type Coding = (typeof codings)[number]

/** Less than this fits into one packet anyway. */
const bytesMin = 512
/** Larger bodies would cost too much time and memory. */
const bytesMax = 4 * 1_024 * 1_024
/** A millisecond or two for a page (31 kB: 1.6 ms, with 5 1.2 ms and 125 bytes more); 9 takes ten, and saves 30 bytes. */
const brotliQuality = 7

const compressibleType =
  /^(?:text\/(?!event-stream)[\w.+-]+|application\/(?:json|javascript|openapi\+json|[\w.+-]+\+(?:json|xml))|image\/svg\+xml)\s*(?:;|$)/i

/** Whether an answer of this type and length is worth it. */
export function isCompressible(type: string | undefined, bytes: number): boolean {
  return type !== undefined && isCompressibleType(type) && bytes >= bytesMin && bytes <= bytesMax
}

/** Whether an answer of this type may be compressed. An event stream must not be: its events would wait in the compressor. */
export function isCompressibleType(type: string): boolean {
  return compressibleType.test(type)
}

/** The coding that a client takes and likes best (RFC 9110 §12.5.3), of equals the smaller one; null: none. */
export function codingFor(accepted: string | undefined): Coding | null {
  if (accepted === undefined) return null
  const weights = new Map<string, number>()
  for (const item of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim())
    const q = parameters.map((it) => /^q\s*=\s*(.*)$/.exec(it)?.[1]).find((it) => it !== undefined)
    weights.set(name, q === undefined ? 1 : Number(q) || 0)
  }
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get('*') ?? 0
  const [best] = [...codings].sort((a, b) => weightOf(b) - weightOf(a))
  if (best === undefined || weightOf(best) === 0) return null
  return weightOf(best) < (weights.get('identity') ?? 0) ? null : best
}

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

/** Compresses in a thread of libuv's pool. */
export function compress(body: Uint8Array, coding: Coding): Promise<Uint8Array> {
  if (coding === 'gzip') return toGzip(body)
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants
  const params = {
    ...{ [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_QUALITY]: brotliQuality },
    [BROTLI_PARAM_SIZE_HINT]: body.byteLength,
  }
  return toBrotli(body, { params })
}

/** The entity tag of the compressed form: another sequence of bytes has another tag (RFC 9110 §8.8.3). */
export function codedTag(tag: string, coding: Coding): string {
  return tag.replace(/"$/, `-${coding}"`)
}

/**
 * The tags of a condition, without what `codedTag` has put on those of this coding. Those of other codings are of other bytes: they
 * stay, and are those of nothing that is sent now (RFC 9110 §13.1.2).
 */
export function tagsOf(condition: string, coding: Coding | null): string {
  return coding === null ? condition : condition.replaceAll(`-${coding}"`, '"')
}
