import type { Bytes } from '../../domain/parsing/base64url.ts'
import type { Send } from '../../push/crypto/seal.ts'
import type { ConnectTo } from '../../push/send/connect-to.ts'

const requestMsUsual = 10_000
const answerBytesMax = 4_096

type Deps = { readonly connectTo?: ConnectTo; readonly requestMs?: number }

/**
 * Sends requests by `fetch`: follows no redirect, ends within its deadline, and reads no more than 4 KB of an answer, for
 * one that is left lying keeps its connection (https://developers.cloudflare.com/workers/platform/limits/).
 */
export function fetchSend({ connectTo = new Map(), requestMs = requestMsUsual }: Deps): Send {
  return async ({ endpoint, headers, body }) => {
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(new Error(`no answer within ${requestMs} ms`)), requestMs)
    try {
      const { url, more } = placeOf(endpoint, connectTo)
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, ...more },
        body: body as Bytes,
        redirect: 'manual',
        signal: ending.signal,
      })
      await emptied(answer.body as ReadableStream<Uint8Array> | null)
      const date = answer.headers.get('date')
      const retryAfter = answer.headers.get('retry-after')
      return { kind: 'answered', status: answer.status, retryAfter, ...(date === null ? {} : { date }) }
    } catch (error) {
      return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) }
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Where to connect; a server in the place of another is told whom it stands for (RFC 7239 §5.3). */
function placeOf(
  endpoint: string,
  connectTo: ConnectTo,
): { readonly url: string; readonly more: { forwarded?: string } } {
  const url = new URL(endpoint)
  const place = connectTo.get(url.hostname)
  if (place === undefined) return { url: endpoint, more: {} }
  return {
    url: `https://${place.address}:${place.port}${url.pathname}${url.search}`,
    more: { forwarded: `host=${url.hostname}` },
  }
}

/** An answer whose head has come is an answer, whatever becomes of its body. */
async function emptied(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (body === null) return
  try {
    const reader = body.getReader()
    for (let size = 0; size <= answerBytesMax; ) {
      const { done, value } = await reader.read()
      if (done) return
      size += value.byteLength
    }
    await reader.cancel()
  } catch {
    // Broken off or out of time.
  }
}
