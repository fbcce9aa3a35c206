import { articleBytesMax } from '../http/api/desk/article-routes.ts'
import { importBytesMax } from '../http/api/desk/desk-subscription-operations.ts'
import { bodyBytesMax } from '../http/body.ts'
import { bodyBrokenOff, bodyBudget, bodyMsMax, bodyTooLate } from '../http/body-budget.ts'

/** The routes that take a longer body than the others, and how long. */
const longBodies: ReadonlyMap<string, number> = new Map([
  ['/v1/desk/subscriptions', importBytesMax],
  ['/v1/desk/article', articleBytesMax],
])
/** The most bytes that are read. */
const readBytesMax = 8 * 1_024 * 1_024
/** From the first byte to the last of a body longer than `bodyBytesMax`, whether it is accepted or not. */
const longBodyMsMax = 30_000

/**
 * The request with its body in memory. An object that answers before it has read a streamed body ends the stream, and the
 * Worker then loses the answer ("Network connection lost"); so refusals came as an error of the platform. Throws a
 * Problem: 408 when the body does not come in time, 400 when it breaks off, 503 when there are too many bodies.
 */
export async function withWholeBody(request: Request): Promise<Request> {
  if (request.body === null) return request
  const { url, method } = request
  // One byte more than the route accepts. A longer body is refused by its length, so its rest is not passed on.
  const passedBytesMax = (longBodies.get(new URL(url).pathname) ?? bodyBytesMax) + 1
  const body = await read(request.body.getReader(), passedBytesMax)
  const headers = new Headers(request.headers)
  // The runtime sets the length of the body that is passed on.
  headers.delete('content-length')
  // A body is allowed with any method (RFC 9110 §9.3.1), but not in a `Request` for GET or HEAD. No route reads it there.
  const passed = method === 'GET' || method === 'HEAD' ? null : body
  return new Request(url, { method, headers, body: passed, redirect: 'manual', ...cfOf(request) })
}

/** The `cf` property, from which the region of a request is read. */
function cfOf(request: Request): object {
  const { cf } = request as Request & { readonly cf?: object }
  return cf === undefined ? {} : { cf }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  passedBytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  const beganMs = Date.now()
  let kept = 0
  try {
    for (let size = 0; size <= readBytesMax; ) {
      const msMax = size > bodyBytesMax ? longBodyMsMax : bodyMsMax
      const { done, value } = await nextOf(reader, beganMs + msMax - Date.now())
      if (done || value === undefined) break
      size += value.byteLength
      const chunk = value.subarray(0, passedBytesMax - kept)
      if (chunk.byteLength === 0) continue
      bodyBudget.take(chunk.byteLength)
      chunks.push(chunk)
      kept += chunk.byteLength
    }
  } finally {
    bodyBudget.give(kept)
    // Does nothing where the body has ended.
    void reader.cancel().catch(() => {})
  }
  const bytes = new Uint8Array(kept)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

type Chunk = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>, msLeft: number): Promise<Chunk> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(bodyTooLate()), Math.max(0, msLeft))
  const next = reader.read().catch(() => Promise.reject(bodyBrokenOff()))
  try {
    return await Promise.race([next, late])
  } finally {
    clearTimeout(timer)
  }
}
