import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A content as the subscriber took it. */
export type Content = {
  readonly type: string
  readonly body: string
  readonly hub: string | undefined
  readonly self: string | undefined
  readonly isSigned: boolean
}

/** What it confirms: its own requests. Each is confirmed as often as it is asked about. */
type Wish = { readonly mode: string; readonly topic: string }

type Answer = (request: IncomingMessage, response: ServerResponse, parameters: URLSearchParams) => void

/**
 * A subscriber as W3C WebSub describes it, in this process (https://www.w3.org/TR/websub/). It confirms what it has asked for
 * itself (§5.3.1), takes a content only with a right signature (§7.1), and finds the hub by the links of a feed (§4).
 * `verify`, `receive`: what it does instead, if a test says so.
 */
export async function startSubscriber(clean: (undo: () => unknown) => void, secret: string | null = 'a “secret”') {
  const contents: Content[] = []
  const wishes: Wish[] = []
  const verifications: URLSearchParams[] = []
  const instead: { verify: Answer | null; receive: Answer | null } = { verify: null, receive: null }
  const denied: string[] = []

  const server = createServer(async (request, response) => {
    const parameters = new URL(request.url ?? '', 'http://here').searchParams
    if (request.method === 'GET') {
      verifications.push(parameters)
      if (instead.verify !== null) return instead.verify(request, response, parameters)
      const [mode, topic] = [parameters.get('hub.mode') ?? '', parameters.get('hub.topic') ?? '']
      if (mode === 'denied') denied.push(topic)
      const isOurs = parameters.get('own') === '1' && wishes.some((it) => it.mode === mode && it.topic === topic)
      // §5.3: a lease is told of with a subscription.
      const isWhole = mode !== 'subscribe' || Number(parameters.get('hub.lease_seconds')) > 0
      if (isOurs && isWhole) response.writeHead(200).end(parameters.get('hub.challenge'))
      else response.writeHead(404).end()
      return undefined
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (instead.receive !== null) return instead.receive(request, response, parameters)
    contents.push(contentOf(request, Buffer.concat(chunks), secret))
    response.writeHead(204).end()
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.close()
    server.closeAllConnections()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const callback = `http://${host}/hub?own=1`
  return {
    ...{ contents, wishes, verifications, instead, denied, host, callback },
    /** The form of a request, which it will confirm. */
    form(mode: 'subscribe' | 'unsubscribe', topic: string, more: Record<string, string> = {}) {
      wishes.push({ mode, topic })
      return new URLSearchParams({
        ...{ 'hub.mode': mode, 'hub.topic': topic, 'hub.callback': callback },
        ...(secret === null || mode === 'unsubscribe' ? {} : { 'hub.secret': secret }),
        ...more,
      })
    },
  }
}

export type Subscriber = Awaited<ReturnType<typeof startSubscriber>>

function contentOf({ headers }: IncomingMessage, body: Buffer, secret: string | null): Content {
  const links = linksOf(String(headers.link ?? ''))
  const wanted = secret === null ? undefined : `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  return {
    ...{ type: String(headers['content-type']), body: body.toString(), hub: links.get('hub'), self: links.get('self') },
    isSigned: headers['x-hub-signature'] === wanted,
  }
}

/** The targets of a Link header by their relation (RFC 8288). */
export function linksOf(header: string): Map<string, string> {
  return new Map([...header.matchAll(/<([^>]*)>;\s*rel="([^"]*)"/g)].map(([, target = '', rel = '']) => [rel, target]))
}
