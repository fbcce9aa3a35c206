import { Problem } from '../../domain/problem.ts'

/** An alert's entity tag: its version first, so that a revision can name it; then the bytes of the representation. */
export async function alertTag(version: number, body: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
  const hex = [...new Uint8Array(digest, 0, 8)].map((byte) => byte.toString(16).padStart(2, '0'))
  return `"${version}.${hex.join('')}"`
}

/** RFC 9110 §8.8.3 */
const tagPattern = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/
/** What a compressed answer's tag ends with names its coding: which version it is stays the same. */
const ours = /^([1-9]\d{0,8})(?:\.[0-9a-f]+)?(?:-(?:br|gzip))?$/

/**
 * The versions that `If-Match` takes (RFC 9110 §13.1.1): a tag that `GET /v1/alerts/{id}` gave, or the version alone in
 * quotes, or a list of them. Undefined for `*`, and where there is no such header, so that every version will do. Throws a Problem:
 * 400 when it has another form, 412 when no tag in it can match: weak ones never do.
 */
export function parseIfMatch(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const tags = header
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
    .map((tag) => tagPattern.exec(tag))
  if (tags.length === 0 || tags.includes(null))
    throw new Problem(
      400,
      'if-match-malformed',
      'If-Match is the ETag of GET /v1/alerts/{id}, in its quotes, a list of such, or *. Nothing was changed.',
    )
  const versions = tags
    .filter((found) => found?.[1] === undefined)
    .map((found) => Number(ours.exec(found?.[2] ?? '')?.[1] ?? Number.NaN))
    .filter((version) => !Number.isNaN(version))
  if (versions.length > 0) return versions
  throw new Problem(
    412,
    'precondition-failed',
    'If-Match has no tag that can match: weak ones (W/"…") never do (RFC 9110 §13.1.1), and ours begin with the version. Send the ETag of GET /v1/alerts/{id} as it was, or "version" in the body. Nothing was changed.',
  )
}
