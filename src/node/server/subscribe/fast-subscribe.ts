import type { IncomingMessage, ServerResponse } from 'node:http'
import { Hono } from 'hono'
import type { SubscriptionsDeps } from '../../../http/api/subscriptions.ts'
import { problemOf } from '../../../http/app.ts'
import { bodyBytesMax, isJson, isUncoded, isUtf8 } from '../../../http/body.ts'
import { bodyBudget, bodyMsMax, bodyTooLate } from '../../../http/body-budget.ts'
import { securityHeaders } from '../../../http/pages/security-headers.ts'
import { problemAnswer } from '../../../http/problem-response.ts'

const path = '/v1/subscriptions'
/** With one of these the request has credentials or a condition, which the app evaluates. */
const namesForTheApp: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
])
/** A host as browsers write it. The app checks any other form. */
const plainHost = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/

type Deps = Pick<SubscriptionsDeps, 'subscribing'> & {
  readonly publicUrl: string | null
  readonly report: (error: unknown, doing: string) => void
  readonly addressOf: (request: IncomingMessage) => string
}

/** Takes a request and resolves when its response is written; or gives null and leaves the request untouched. */
export type FastHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> | null

/**
 * Answers `POST /v1/subscriptions` in the form that browsers send, as the app's route does but with less time on this
 * thread. Breaking news brings thousands of them, and live sockets wait meanwhile. It collects the body and writes the
 * response; limits and checks are those of the route. Any unusual request is left to the app.
 */
export async function fastSubscribe({ subscribing, publicUrl, report, addressOf }: Deps): Promise<FastHandler> {
  const safe = await headersOf(publicUrl)
  const kept = Object.entries({ 'cache-control': 'no-store', 'content-type': 'application/json', ...safe }).sort()
  // In alphabetical order, as the app sends them.
  const before = Object.fromEntries(kept.filter(([name]) => name < 'location'))
  const after = Object.fromEntries(kept.filter(([name]) => name > 'location'))

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const { id, token, made } = await subscribing.take(addressOf(incoming), async () => ({
        body: await bytesOf(incoming),
        audience: undefined,
        by: null,
      }))
      const text = JSON.stringify({ id, token })
      outgoing.writeHead(made ? 201 : 200, {
        ...before,
        ...(made ? { location: `${path}/${id}` } : {}),
        ...after,
        'content-length': text.length,
      })
      outgoing.end(text)
    } catch (error) {
      if (error !== gone) await refuse(outgoing, error)
    }
  }

  async function refuse(outgoing: ServerResponse, error: unknown): Promise<void> {
    const refusal = problemAnswer(problemOf(error, `POST ${path}`, report))
    const text = Buffer.from(await refusal.arrayBuffer())
    for (const [name, value] of Object.entries(safe)) refusal.headers.set(name, value)
    // The rest of a body that is late is not waited for.
    if (refusal.status === 408) outgoing.shouldKeepAlive = false
    outgoing.writeHead(refusal.status, { ...Object.fromEntries(refusal.headers), 'content-length': text.byteLength })
    outgoing.end(text)
  }

  return (incoming, outgoing) => (isUsual(incoming) ? answer(incoming, outgoing) : null)
}

/** The headers of every response of the app, taken from the app's own middleware. */
async function headersOf(publicUrl: string | null): Promise<Readonly<Record<string, string>>> {
  const app = new Hono()
  app.use(securityHeaders(publicUrl))
  app.all('*', (c) => c.body(null))
  return Object.fromEntries((await app.request('/')).headers)
}

function isUsual({ method, url, headers, rawHeaders }: IncomingMessage): boolean {
  if (method !== 'POST' || url !== path) return false
  if (!isJson(headers['content-type']) || !plainHost.test(headers.host ?? '')) return false
  if (!isUncoded(headers['content-encoding']) || !isUtf8(headers['content-type'])) return false
  // A body that is too large or of unknown length is left for the app to refuse.
  if (headers['content-length'] === undefined || Number(headers['content-length']) > bodyBytesMax) return false
  let types = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? ''
    if (namesForTheApp.has(name)) return false
    if (name === 'content-type') types += 1
  }
  return types === 1
}

/** The peer has disconnected, so there is no response. */
const gone = new Error('the peer has gone')

/**
 * A body in its own memory. It is copied to another thread, and the buffer around it would be copied too. Throws a
 * Problem.
 */
function bytesOf(incoming: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (act: () => void) => {
      clearTimeout(late)
      bodyBudget.give(size)
      size = 0
      act()
    }
    const late = setTimeout(() => settle(() => reject(bodyTooLate())), bodyMsMax)
    incoming.on('data', (chunk: Buffer) => {
      try {
        bodyBudget.take(chunk.byteLength)
      } catch (error) {
        settle(() => reject(error))
        return
      }
      size += chunk.byteLength
      chunks.push(chunk)
    })
    incoming.on('end', () => settle(() => resolve(new Uint8Array(Buffer.concat(chunks)))))
    incoming.on('error', () => settle(() => reject(gone)))
    incoming.on('close', () => settle(() => reject(gone)))
  })
}
