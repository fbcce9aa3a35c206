import { Problem } from '../../domain/problem.ts'

/**
 * Throws a Problem (412) where `If-Match` names none of an answer's versions (RFC 9110 §13.1.1): what was asked for is another file by now.
 * `etag`: its strong entity tag, which a compressed form has with the name of the coding at its end.
 */
export function refuseOtherVersion(etag: string | undefined, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  const tags = [...ifMatch.matchAll(/(W\/)?("[^"]*")/g)]
    .filter(([, weak]) => weak === undefined)
    .map(([, , tag]) => tag)
  if (tags.some((tag) => tag?.replace(/-(?:br|gzip)"$/, '"') === etag)) return
  throw new Problem(
    412,
    'precondition-failed',
    'If-Match names another version than the present one. Leave it out, or send the present ETag as it is; to go on with a download, use If-Range.',
  )
}
