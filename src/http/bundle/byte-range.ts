import { Problem } from '../../domain/problem.ts'

/** An answer whose body is at hand. */
export type WholeAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What a request says of the part that it wants. */
export type RangeAsked = {
  readonly method?: string | undefined
  readonly range?: string | undefined
  readonly 'if-range'?: string | undefined
}

const oneRange = /^bytes=(\d{0,15})-(\d{0,15})$/i

/** Whether a request may be answered by a part: one range of bytes of a GET. Anything else is passed over (RFC 9110 §14.2). */
export function asksForPart({ method, range }: RangeAsked): boolean {
  return method === 'GET' && range !== undefined && oneRange.test(range) && range.toLowerCase() !== 'bytes=-'
}

/**
 * The part of an answer that a request asks for (RFC 9110 §14): 206 with `Content-Range`, or 416 where the range has no
 * byte of it. The answer is in no content coding, has a strong entity tag, and its headers are by their lower-case names.
 * Where `If-Range` names another version, it is the answer itself: parts of two versions are never joined.
 */
export function partOf(answer: WholeAnswer, asked: RangeAsked): WholeAnswer {
  const [, first = '', last = ''] = oneRange.exec(asked.range ?? '') ?? []
  const given = asked['if-range']
  const isOther = given !== undefined && given.trim() !== answer.headers.etag
  if (answer.status !== 200 || !asksForPart(asked) || isOther) return answer
  const length = answer.body.byteLength
  const from = first === '' ? Math.max(0, length - Number(last)) : Number(first)
  const to = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1)
  // A range that ends before it begins is invalid, and an invalid one is passed over (§14.1.1).
  if (first !== '' && last !== '' && Number(last) < from) return answer
  if (from > to) return noSuchBytes(length)
  const headers = { ...answer.headers, 'content-range': `bytes ${from}-${to}/${length}` }
  return { status: 206, headers, body: answer.body.subarray(from, to + 1) }
}

function noSuchBytes(length: number): WholeAnswer {
  const all = `bytes */${length}`
  const problem = new Problem(416, 'range', `There are no such bytes; of this there are ${length}.`)
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'content-range': all }
  return { status: 416, headers, body: new TextEncoder().encode(JSON.stringify(problem.body())) }
}
