import {
  type Coding,
  codedTag,
  compress,
  isCompressible,
  isCompressibleType,
} from '../server/compression/content-coding.ts'
import type { ReadAnswer } from './read-cache.ts'

/** The compressed forms of each answer, made at the first client that takes them, and kept as long as the answer is. */
const forms = new WeakMap<ReadAnswer, Map<Coding, Promise<ReadAnswer>>>()

/** An answer in a coding; null: as it is. Either says that it depends on Accept-Encoding. */
export function codedAnswer(answer: ReadAnswer, coding: Coding | null): ReadAnswer | Promise<ReadAnswer> {
  const type = answer.headers['content-type']
  if (type === undefined || !isCompressibleType(type)) return answer
  if (coding === null || !isCompressible(type, answer.body.byteLength)) return { ...answer, headers: varying(answer) }
  const known = forms.get(answer) ?? new Map<Coding, Promise<ReadAnswer>>()
  forms.set(answer, known)
  const made = known.get(coding) ?? coded(answer, coding)
  known.set(coding, made)
  return made
}

async function coded(answer: ReadAnswer, coding: Coding): Promise<ReadAnswer> {
  const { etag } = answer.headers
  const tag = etag === undefined ? {} : { etag: codedTag(etag, coding) }
  const body = await compress(answer.body, coding)
  return { status: answer.status, headers: { ...varying(answer), 'content-encoding': coding, ...tag }, body }
}

function varying({ headers }: ReadAnswer): Readonly<Record<string, string>> {
  return { ...headers, vary: headers.vary === undefined ? 'Accept-Encoding' : `${headers.vary}, Accept-Encoding` }
}
