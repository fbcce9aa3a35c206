import type { Context } from 'hono'
import { parseJsonBytes } from '../domain/parsing/json.ts'
import { Problem } from '../domain/problem.ts'
import { bodyBrokenOff, bodyBudget, bodyMsMax, bodyTooLate } from './body-budget.ts'
import { contentCoding } from './problem-response.ts'

/** The largest JSON body of a request, where its route does not say more. */
export const bodyBytesMax = 64 * 1024

/** A body, chunk by chunk: the reader of a stream, as far as it is used. */
export type BodyReader = {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}

/** A platform's own way to a body, in the environment of a request, where it is cheaper than the `Request`'s. */
export type BodyEnv = { readonly bodyReader?: () => BodyReader }

/** Reads a JSON body. Throws a Problem: 415 for another type, 413 when too large, 400 when it is not JSON in UTF-8. */
export async function readJson(c: Context, bytesMax = bodyBytesMax): Promise<unknown> {
  return parseJsonBytes(await readJsonBytes(c, bytesMax))
}

/** Reads the bytes of a body that is marked as JSON. Throws a Problem: 415 for another type, 413 when too large. */
export async function readJsonBytes(c: Context, bytesMax = bodyBytesMax): Promise<Uint8Array> {
  if (!isJson(c.req.header('content-type')))
    throw new Problem(
      415,
      'not-json',
      'The body must be JSON: send Content-Type: application/json. Nothing was changed.',
    )
  return readBody(c, bytesMax)
}

/** Whether a Content-Type is JSON. */
export function isJson(type = ''): boolean {
  return /^application\/json\s*(;|$)/i.test(type)
}

/** Whether a body is sent as it is (RFC 9110 §8.4). */
export function isUncoded(coding = 'identity'): boolean {
  return codingsIn(coding).length === 0
}

/** Whether a JSON body of this type is in UTF-8, as far as the type says. */
export function isUtf8(type = ''): boolean {
  return charsetsIn(type).every((it) => /^utf-?8$/i.test(it))
}

function codingsIn(header: string): readonly string[] {
  return header
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding.toLowerCase() !== 'identity')
}

function charsetsIn(type: string): readonly string[] {
  return [...type.matchAll(/;\s*charset\s*=\s*("[^"]*"|[^;]*)/gi)].map(([, value = '']) =>
    value.replaceAll('"', '').trim(),
  )
}

const namedCharsMax = 60

/** Throws a Problem (415) that names the coding or the charset that is not read here. */
function refuseCoded(c: Context): void {
  const type = c.req.header('content-type')
  const coding = c.req.header('content-encoding')
  const named = (words: readonly string[]) => words.join(', ').slice(0, namedCharsMax)
  if (!isUncoded(coding))
    throw new Problem(
      415,
      contentCoding,
      `The body must be as it is, not in ${named(codingsIn(coding ?? ''))}: leave Content-Encoding out. Nothing was changed.`,
    )
  if (!isUtf8(type))
    throw new Problem(
      415,
      'charset-not-taken',
      `The body must be in UTF-8, not in ${named(charsetsIn(type ?? ''))}. Nothing was changed.`,
    )
}

/**
 * Reads a body as it is. Throws a Problem: 415 when it is compressed or not in UTF-8, 413 when it is too large, 408
 * when one of usual size takes too long, 400 when it is incomplete, 503 when all bodies together exceed the limit.
 */
export async function readBody(c: Context, bytesMax: number): Promise<Uint8Array> {
  refuseCoded(c)
  if (Number(c.req.header('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax)
  const reader: BodyReader | undefined = (c.env as BodyEnv | undefined)?.bodyReader?.() ?? c.req.raw.body?.getReader()
  if (reader === undefined) return new Uint8Array()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<'late'>((resolve) => {
    // What is larger is an editor's, and bounded by the time for the whole request.
    if (bytesMax <= bodyBytesMax) timer = setTimeout(() => resolve('late'), bodyMsMax)
  })
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      const read = await Promise.race([reader.read().catch(() => 'broken' as const), late])
      if (read === 'broken') throw bodyBrokenOff()
      if (read === 'late') throw bodyTooLate()
      if (read.done || read.value === undefined) return joined(chunks, size)
      bodyBudget.take(read.value.byteLength)
      size += read.value.byteLength
      chunks.push(read.value)
      if (size > bytesMax) throw tooLarge(bytesMax)
    }
  } catch (error) {
    void reader.cancel().catch(() => {})
    throw error
  } finally {
    if (timer !== undefined) clearTimeout(timer)
    bodyBudget.give(size)
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

function tooLarge(bytesMax: number): Problem {
  return new Problem(413, 'body-too-large', `The body is larger than ${bytesMax} bytes. Nothing was changed.`)
}
