import type { Context } from 'hono'
import { parseJsonBytes } from '../json.ts'
import { Problem } from '../problem.ts'

/** The largest JSON body of any request. */
export const bodyBytesMax = 64 * 1024

/** Reads a JSON body. Throws a Problem: 415 for another type, 413 when too large, 400 when it is not JSON in UTF-8. */
export async function readJson(c: Context): Promise<unknown> {
  return parseJsonBytes(await readJsonBytes(c))
}

/** Reads the bytes of a body that is marked as JSON. Throws a Problem: 415 for another type, 413 when too large. */
export async function readJsonBytes(c: Context): Promise<Uint8Array> {
  if (!isJson(c.req.header('content-type')))
    throw new Problem(415, 'not-json', 'The body must be JSON: send Content-Type: application/json.')
  return readBody(c, bodyBytesMax)
}

/** Whether a Content-Type says JSON. */
export function isJson(type = ''): boolean {
  return /^application\/json\s*(;|$)/i.test(type)
}

/** Reads a body as it is. Throws a Problem (413) when it is too large. */
export async function readBody(c: Context, bytesMax: number): Promise<Uint8Array> {
  const length = c.req.header('content-length')
  if (length === undefined) return readBytes(c.req.raw.body, bytesMax)
  if (Number(length) > bytesMax) throw tooLarge(bytesMax)
  // Whoever serves us ends a body at the length that was told; read whole it costs a third of a stream.
  return new Uint8Array(await c.req.arrayBuffer())
}

async function readBytes(body: ReadableStream<Uint8Array> | null, bytesMax: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > bytesMax) {
      await reader.cancel()
      throw tooLarge(bytesMax)
    }
    chunks.push(value)
  }
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
