import type { Bytes } from '../../domain/parsing/base64url.ts'
import type { Send } from '../../push/crypto/seal.ts'
import type { ConnectTo } from '../../push/send/connect-to.ts'

const requestMsUsual = 10_000
const answerBytesMax = 4_096

type Deps = { readonly connectTo?: ConnectTo; readonly requestMs?: number }

/**
 * Sends requests by `fetch`. Follows no redirect, and ends within its deadline. Reads at most 4 KB of a response, and does
 * read it: an unread response keeps its connection (https://developers.cloudflare.com/workers/platform/limits/).
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
      await readAtMost(answer.body as ReadableStream<Uint8Array> | null, 0)
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

/** The address to connect to. A substitute server for tests gets the original host in Forwarded (RFC 7239 §5.3). */
function placeOf(
  endpoint: string,
  connectTo: ConnectTo,
): { readonly url: string; readonly more: { forwarded?: string } } {
  const url = new URL(endpoint)
  const place = connectTo.get(url.hostname)
  if (place === undefined) return { url: endpoint, more: {} }
  const address = place.address.includes(':') ? `[${place.address}]` : place.address
  return {
    url: `https://${address}:${place.port}${url.pathname}${url.search}`,
    more: { forwarded: `host=${url.hostname}` },
  }
}

/**
 * Reads a body to its end, at most 4 KB of it, and gives it if it came whole and has at most `bytesMax` bytes. Once its
 * head has arrived, a response counts, even if its body breaks off.
 */
export async function readAtMost(body: ReadableStream<Uint8Array> | null, bytesMax: number): Promise<string | null> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  try {
    const reader = body.getReader()
    for (let size = 0; size <= answerBytesMax; ) {
      const { done, value } = await reader.read()
      if (done) return size <= bytesMax ? text + decoder.decode() : null
      size += value.byteLength
      if (size <= bytesMax) text += decoder.decode(value, { stream: true })
    }
    await reader.cancel()
  } catch {
    // The body broke off or was too slow.
  }
  return null
}
