import { LRUCache } from 'lru-cache'
import type { PushRequest, PushResult } from '../../../push/crypto/seal.ts'
import type { ConnectTo } from '../../../push/send/connect-to.ts'
import { suffixOf } from '../../../push/subscriptions/push-services.ts'
import { http2Link } from '../http2/http2-connection.ts'
import { HostLookup } from './host-lookup.ts'
import { openLink } from './open-push-connection.ts'
import type { Link } from './push-connection.ts'

const linksMax = 4
const requestMs = 10_000
const answerBytesMax = 4_096
/**
 * More origins than there are push services. Beyond it, the connections of the least recently used origin are closed.
 */
const originsMax = 500

type Origin = { readonly links: Set<Link>; opening: Promise<Link> | null }

type PushSenderParts = {
  /** The implementation of HTTP/2; our own when absent. */
  readonly http2Link?: typeof http2Link
  /** Hosts that are connected to at another address, for tests. */
  readonly connectTo?: ConnectTo
  /** Certificates trusted besides the system's, in PEM, for tests. */
  readonly ca?: string
  /** The longest time of one request, in milliseconds. */
  readonly requestMs?: number
  /** The hosts that endpoints may have. A host that only a suffix allows has its own DNS look-up. */
  readonly pushHosts?: readonly string[]
  readonly hostLookup?: HostLookup
}

/**
 * Sends requests to push services over persistent HTTP/2 connections. There are a few for each origin, and each has as
 * many requests as its service allows (RFC 9113 §5.1.2). Follows no redirect, and reads at most 4 KB of a response.
 */
export class PushSender {
  readonly #deps: PushSenderParts
  readonly #unknownHosts: HostLookup
  readonly #origins = new LRUCache<string, Origin>({
    max: originsMax,
    dispose: ({ links }) => {
      for (const link of links) link.retire()
    },
  })
  #closed = false

  constructor(deps: PushSenderParts = {}) {
    this.#deps = deps
    this.#unknownHosts = deps.hostLookup ?? new HostLookup()
  }

  /** Sends one request. Never rejects. An arrow function, so that it can be passed as a `Send`. */
  readonly send = (request: PushRequest): Promise<PushResult> => {
    const limitMs = this.#deps.requestMs ?? requestMs
    try {
      const { host, path } = placeOf(request.endpoint)
      const link = this.#open(host)
      if (link !== null) return link.ask(path, request, answerBytesMax, limitMs)
      return this.#connectAndSend(host, path, request, limitMs)
    } catch (error) {
      return Promise.resolve(broken(error))
    }
  }

  async #connectAndSend(host: string, path: string, request: PushRequest, limitMs: number): Promise<PushResult> {
    const began = performance.now()
    try {
      const link = await within(limitMs, this.#connect(host))
      return await link.ask(path, request, answerBytesMax, limitMs - (performance.now() - began))
    } catch (error) {
      return broken(error)
    }
  }

  /** Closes every connection. Requests in progress end as `broken`. */
  close(): void {
    this.#closed = true
    for (const { links } of this.#origins.values()) for (const link of links) link.close()
    this.#origins.clear()
    this.#unknownHosts.close()
  }

  /** The least busy connection of a host; null when the caller must wait for a new one. */
  #open(host: string): Link | null {
    const origin = this.#originOf(host)
    let best: Link | null = null
    for (const link of origin.links) {
      if (!link.usable) origin.links.delete(link)
      else if (best === null || link.room > best.room) best = link
    }
    if (best === null || best.room > 0 || origin.links.size >= linksMax) return best
    // A further connection is opened in the background. Until it is ready, the others take the requests.
    void this.#connect(host).catch(() => undefined)
    return best
  }

  /**
   * Opens a connection; one at a time for each host. Every caller that waits gets the failure; the next request tries
   * again.
   */
  #connect(host: string): Promise<Link> {
    const origin = this.#originOf(host)
    if (origin.opening !== null) return origin.opening
    const { connectTo, ca, pushHosts = [] } = this.#deps
    const isUnknownHost = suffixOf(host, pushHosts) !== null
    const how = {
      http2Link: this.#deps.http2Link ?? http2Link,
      ...(connectTo === undefined ? {} : { connectTo }),
      ...(ca === undefined ? {} : { ca }),
      ...(isUnknownHost ? { lookup: this.#unknownHosts.lookup } : {}),
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
    const known = this.#origins.get(host)
    if (known !== undefined) return known
    const origin: Origin = { links: new Set(), opening: null }
    this.#origins.set(host, origin)
    return origin
  }
}

function broken(error: unknown): PushResult {
  return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) }
}

const scheme = 'https://'

/** Host and path of an endpoint that `endpointFault` has checked. */
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
