import { LRUCache } from 'lru-cache'
import type { PushAnswer, PushRequest } from '../../../push/crypto/seal.ts'
import type { ConnectTo } from '../../../push/send/connect-to.ts'
import { suffixOf } from '../../../push/subscriptions/push-services.ts'
import { http2Link } from '../http2/http2-connection.ts'
import { HostLookup } from './host-lookup.ts'
import { openLink } from './open-push-connection.ts'
import type { Link } from './push-connection.ts'

const linksMax = 4
const requestMs = 10_000
const answerBytesMax = 4_096
/** More services than there are; of those that are used least the connections end. */
const originsMax = 500

type Origin = { readonly links: Set<Link>; opening: Promise<Link> | null }

export type PushSenderParts = {
  /** The implementation of HTTP/2; ours when absent. */
  readonly http2Link?: typeof http2Link
  /** Where to connect instead of to a host: for tests. */
  readonly connectTo?: ConnectTo
  /** Certificates trusted besides the system's, in PEM: for tests. */
  readonly ca?: string
  /** The time one request may take from start to end, in milliseconds. */
  readonly requestMs?: number
  /** The hosts that endpoints may have: those that only a suffix allows are looked up apart. */
  readonly pushHosts?: readonly string[]
  readonly strangers?: HostLookup
}

/**
 * Sends requests to push services over kept HTTP/2 connections, a few per origin, as many requests on each as its
 * service allows (RFC 9113 §5.1.2). Follows no redirect and reads no more than 4 KB of an answer.
 */
export class PushSender {
  readonly #deps: PushSenderParts
  readonly #strangers: HostLookup
  readonly #origins = new LRUCache<string, Origin>({
    max: originsMax,
    dispose: ({ links }) => {
      for (const link of links) link.retire()
    },
  })
  #closed = false

  constructor(deps: PushSenderParts = {}) {
    this.#deps = deps
    this.#strangers = deps.strangers ?? new HostLookup()
  }

  /** Sends one request; never rejects. An arrow, so that it can be passed as the port `Send`. */
  readonly send = async (request: PushRequest): Promise<PushAnswer> => {
    const limitMs = this.#deps.requestMs ?? requestMs
    const began = performance.now()
    try {
      const { host, path } = placeOf(request.endpoint)
      const link = this.#open(host) ?? (await within(limitMs, this.#connect(host)))
      return await link.ask(path, request, answerBytesMax, limitMs - (performance.now() - began))
    } catch (error) {
      return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Closes every connection; requests on the way end as broken. */
  close(): void {
    this.#closed = true
    for (const { links } of this.#origins.values()) for (const link of links) link.close()
    this.#origins.clear()
    this.#strangers.close()
  }

  /** The least busy connection with room, or without room where there may be no more; null where one is to be made. */
  #open(host: string): Link | null {
    const origin = this.#originOf(host)
    let best: Link | null = null
    for (const link of origin.links) {
      if (!link.usable) origin.links.delete(link)
      else if (best === null || link.room > best.room) best = link
    }
    if (best === null || best.room > 0 || origin.links.size >= linksMax) return best
    // Meanwhile the ones there are take it.
    void this.#connect(host).catch(() => undefined)
    return best
  }

  /** A new connection; one is made at a time. Whoever waits hears of a failure; the next request tries again. */
  #connect(host: string): Promise<Link> {
    const origin = this.#originOf(host)
    if (origin.opening !== null) return origin.opening
    const { connectTo, ca, pushHosts = [] } = this.#deps
    const isUnknownHost = suffixOf(host, pushHosts) !== null
    const how = {
      http2Link: this.#deps.http2Link ?? http2Link,
      ...(connectTo === undefined ? {} : { connectTo }),
      ...(ca === undefined ? {} : { ca }),
      ...(isUnknownHost ? { lookup: this.#strangers.lookup } : {}),
    }
    const opening = openLink(host, how).then((link) => {
      if (this.#closed) link.close()
      else this.#originOf(host).links.add(link)
      return link
    })
    origin.opening = opening
    opening
      .catch(() => undefined)
      .finally(() => {
        origin.opening = null
        if (origin.links.size === 0 && this.#origins.peek(host) === origin) this.#origins.delete(host)
      })
    return opening
  }

  #originOf(host: string): Origin {
    if (this.#closed) throw new Error('the sender is closed')
    const origin = this.#origins.get(host) ?? { links: new Set(), opening: null }
    this.#origins.set(host, origin)
    return origin
  }
}

const scheme = 'https://'

/** Host and path of an endpoint that was checked before (`endpointFault`). */
function placeOf(endpoint: string): { readonly host: string; readonly path: string } {
  const from = endpoint.indexOf('/', scheme.length)
  if (from < 0 || !/^[!-~]+$/.test(endpoint)) throw new Error('the endpoint is not in the form that a browser gives')
  return { host: endpoint.slice(scheme.length, from), path: endpoint.slice(from) }
}

async function within<It>(ms: number, wanted: Promise<It>): Promise<It> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no connection in time')), ms)
  })
  return Promise.race([wanted, late]).finally(() => clearTimeout(timer))
}
