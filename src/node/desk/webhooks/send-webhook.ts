import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { WebhookAnswer, WebhookSend } from '../../../desk/webhooks/webhook-outbox.ts'
import { isLocalHost } from '../../../desk/webhooks/webhook-url.ts'
import { HostLookup } from '../../push/connections/host-lookup.ts'
import { proxyFor, tunnel } from '../../push/connections/outgoing-proxy.ts'
import { isPublicAddress } from './public-address.ts'

/** How long one attempt may take in all, in milliseconds. */
const requestMs = 10_000
const answerBytesMax = 4_096
const headerBytesMax = 16_384
const httpsPort = 443

type Deps = {
  /** Hosts of the own network that the operator allows. */
  readonly localHosts: readonly string[]
  readonly requestMs?: number
  readonly hostLookup?: Pick<HostLookup, 'addresses'>
  /** Which addresses may be connected to; another one for tests. */
  readonly isAllowed?: (address: string) => boolean
  /** A certificate to trust, for tests. */
  readonly ca?: string
}

/**
 * Sends messages to webhooks and to WebSub callbacks. Each connection leads to the very address that was checked: a name that is looked up again
 * could lead into the own network by then (DNS rebinding). Follows no redirect, and reads at most 4 KB of an answer. Where the
 * environment names a proxy, it looks names up and decides what may be reached.
 */
export function webhookSender(deps: Deps): WebhookSend {
  const lookup = deps.hostLookup ?? new HostLookup()
  return async ({ url: text, ...message }) => {
    const ending = AbortSignal.timeout(deps.requestMs ?? requestMs)
    try {
      const url = new URL(text)
      const connection = await connectionTo(url, deps, lookup, ending)
      return await exchanged(url, { ...connection, ...message }, ending)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { kind: 'failed', reason: ending.aborted ? 'no answer in time' : reason }
    }
  }
}

type Connection = {
  readonly lookup?: LookupFunction
  readonly createConnection?: () => ReturnType<typeof connectTls>
} & {
  readonly ca?: string
}

async function connectionTo(
  url: URL,
  { localHosts, ca, isAllowed = isPublicAddress }: Deps,
  lookup: Pick<HostLookup, 'addresses'>,
  ending: AbortSignal,
): Promise<Connection> {
  const trust = ca === undefined ? {} : { ca }
  if (isLocalHost(url, localHosts)) return trust
  const host = url.hostname
  const proxy = proxyFor(host)
  if (proxy !== null) {
    const socket = await tunnel(proxy, host, httpsPort, ending)
    return { createConnection: () => connectTls({ socket, servername: host, ...trust }) }
  }
  const addresses = await within(ending, lookup.addresses(host))
  // All of them: which one is taken must not depend on luck.
  const refused = addresses.find((address) => !isAllowed(address))
  if (refused !== undefined || addresses.length === 0)
    throw new Error(`${host} leads to ${refused ?? 'no address'}, which is not of the public internet`)
  return { lookup: pinned(addresses), ...trust }
}

/** Gives the addresses that were checked, without another look. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return (_, options, callback) => {
    const [first] = all
    if (options.all === true) callback(null, all)
    else callback(null, first?.address ?? '', first?.family)
  }
}

type Request = Connection & Omit<Parameters<WebhookSend>[0], 'url'>

function exchanged(
  url: URL,
  { headers, body, textBytesMax = 0, ...connection }: Request,
  ending: AbortSignal,
): Promise<WebhookAnswer> {
  const bytes = Buffer.from(body ?? '')
  const posted = { 'content-type': 'application/json', ...headers, 'content-length': String(bytes.length) }
  const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
    ...connection,
    method: body === null ? 'GET' : 'POST',
    agent: false,
    maxHeaderSize: headerBytesMax,
    signal: ending,
    headers: { ...(body === null ? headers : posted), 'user-agent': 'Tocsin' },
  })
  return new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (response) => {
      const { statusCode: status = 0, headers: answered } = response
      const retryAfter = answered['retry-after'] ?? null
      const chunks: Buffer[] = []
      let size = 0
      // A status counts once it has come, even if the body breaks off.
      const end = (isWhole: boolean) => {
        response.destroy()
        const text = isWhole && size <= textBytesMax ? { text: Buffer.concat(chunks).toString() } : {}
        resolve({ kind: 'answered', status, retryAfter, ...text })
      }
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= textBytesMax) chunks.push(chunk)
        if (size > answerBytesMax) end(false)
      })
      response.once('end', () => end(textBytesMax > 0))
      for (const event of ['error', 'close'] as const) response.once(event, () => end(false))
    })
    request.end(bytes)
  })
}

async function within<Result>(ending: AbortSignal, wanted: Promise<Result>): Promise<Result> {
  const late = new Promise<never>((_, reject) =>
    ending.addEventListener('abort', () => reject(new Error('no address in time')), { once: true }),
  )
  return Promise.race([wanted, late])
}
