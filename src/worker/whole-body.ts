import { importBytesMax } from '../http/api/desk/desk-subscription-operations.ts'
import { bodyBrokenOff, bodyMsMax, bodyTooLate } from '../http/body-budget.ts'

/** One byte more than any route accepts. A longer body is refused by its length, so its rest is not passed on. */
const passedBytesMax = importBytesMax + 1
/** The most bytes that are read. */
const readBytesMax = 8 * 1_024 * 1_024

/**
 * The request with its body in memory. An object that answers before it has read a streamed body ends the stream, and the Worker
 * then loses the answer ("Network connection lost"); so refusals came as an error of the platform. Throws a Problem: 408 when
 * nothing comes for some seconds, 400 when the body breaks off.
 */
export async function withWholeBody(request: Request): Promise<Request> {
  if (request.body === null) return request
  const body = await read(request.body.getReader())
  const headers = new Headers(request.headers)
  // The runtime sets the length of the body that is passed on.
  headers.delete('content-length')
  const { url, method } = request
  // A body is allowed with any method (RFC 9110 §9.3.1), but not in a `Request` for GET or HEAD. No route reads it there.
  const passed = method === 'GET' || method === 'HEAD' ? null : body
  return new Request(url, { method, headers, body: passed, redirect: 'manual', ...cfOf(request) })
}

/** The `cf` property, from which the region of a request is read. */
function cfOf(request: Request): object {
  const { cf } = request as Request & { readonly cf?: object }
  return cf === undefined ? {} : { cf }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let kept = 0
  for (let size = 0; size <= readBytesMax; ) {
    const { done, value } = await nextOf(reader)
    if (done || value === undefined) break
    size += value.byteLength
    const chunk = value.subarray(0, passedBytesMax - kept)
    if (chunk.byteLength > 0) chunks.push(chunk)
    kept += chunk.byteLength
  }
  // Does nothing where the body has ended.
  void reader.cancel().catch(() => {})
  const bytes = new Uint8Array(kept)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

type Chunk = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Chunk> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(bodyTooLate()), bodyMsMax)
  })
  const next = reader.read().catch(() => Promise.reject(bodyBrokenOff()))
  try {
    return await Promise.race([next, late])
  } catch (error) {
    void reader.cancel().catch(() => {})
    throw error
  } finally {
    if (timer !== undefined) clearTimeout(timer)
  }
}
