import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { isIP, type LookupFunction } from 'node:net'
import { LRUCache } from 'lru-cache'

/** The time-out of a DNS query in milliseconds, and its number of attempts. A slower name server counts as absent. */
const timeout = 1_500
const tries = 2
const hostsMax = 1_000
const freshMs = 60_000
const failedFirstMs = 5_000
const failedMsMax = 10 * 60_000
/** The longest back-off while it is unknown whether the host exists: our own name server may be unreachable. */
const unknownMsMax = 30_000
/** The error codes that mean that there is no such host (https://nodejs.org/api/dns.html#error-codes). */
const certain = new Set(['ENOTFOUND', 'ENODATA'])
const hostsFileMs = 60_000
const hostsFile = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts'

type Found = { readonly addresses: readonly string[]; readonly untilMs: number }
type Failed = {
  readonly reason: string
  /** Whether the name servers answered that the host does not exist; otherwise there was no answer. */
  readonly isCertain: boolean
  readonly failures: number
  readonly untilMs: number
}

type Deps = {
  /** Name servers in place of the system's, as `address:port`, for tests. */
  readonly servers?: readonly string[]
  readonly hostsFile?: string
  readonly now?: () => number
}

/**
 * Resolves host names that came with subscriptions from unknown senders. `dns.lookup` runs in libuv's pool of four
 * threads, where a few names whose servers do not answer would delay everything else. This class queries the name
 * servers itself (c-ares uses no thread), reads the hosts file as the system does, and caches failures with exponential
 * back-off.
 */
export class HostLookup {
  readonly #resolver = new Resolver({ timeout, tries })
  readonly #known = new LRUCache<string, Found | Failed>({ max: hostsMax })
  readonly #asking = new Map<string, Promise<Found>>()
  readonly #hostsFile: string
  readonly #now: () => number
  #fromFile: { readonly names: ReadonlyMap<string, readonly string[]>; readonly untilMs: number } | null = null

  constructor({ servers, hostsFile: file = hostsFile, now = () => performance.now() }: Deps = {}) {
    if (servers !== undefined) this.#resolver.setServers(servers)
    this.#hostsFile = file
    this.#now = now
  }

  /** The IP addresses of a host. Rejects when there are none; at once while an earlier failure is cached. */
  async addresses(host: string): Promise<readonly string[]> {
    const own = this.#ownNames().get(host)
    if (own !== undefined) return own
    const known = this.#known.get(host)
    if (known !== undefined && known.untilMs > this.#now()) {
      if ('addresses' in known) return known.addresses
      throw new Error(`${known.reason} (found lately)`)
    }
    const asking = this.#asking.get(host) ?? this.#ask(host, known !== undefined && 'failures' in known ? known : null)
    return (await asking).addresses
  }

  /** The `lookup` function for `net.connect`. */
  readonly lookup: LookupFunction = (host, options, callback) => {
    this.addresses(host).then(
      (found) => {
        const all = found.map((address) => ({ address, family: isIP(address) }))
        if (options.all === true) return callback(null, all)
        const [first] = all
        return callback(null, first?.address ?? '', first?.family)
      },
      (error: Error) => callback(error, ''),
    )
  }

  close(): void {
    this.#resolver.cancel()
  }

  /** Concurrent callers share one query. */
  #ask(host: string, former: Failed | null): Promise<Found> {
    const asking = this.#resolve(host)
      .then(
        (addresses) => ({ addresses, untilMs: this.#now() + freshMs }),
        (error: Error) => {
          const isCertain = error instanceof NoHost
          // Without an answer from our name server, the host itself has not failed.
          const failures = former?.isCertain === isCertain ? former.failures + 1 : 1
          const mostMs = isCertain ? failedMsMax : unknownMsMax
          const waitMs = Math.min(mostMs, failedFirstMs * 2 ** Math.min(failures - 1, 20))
          this.#known.set(host, { reason: error.message, isCertain, failures, untilMs: this.#now() + waitMs })
          throw error
        },
      )
      .finally(() => this.#asking.delete(host))
    this.#asking.set(host, asking)
    asking.then(
      (found) => this.#known.set(host, found),
      () => undefined,
    )
    return asking
  }

  async #resolve(host: string): Promise<readonly string[]> {
    const [four, six] = await Promise.allSettled([this.#resolver.resolve4(host), this.#resolver.resolve6(host)])
    const found = [four, six].flatMap((it) => (it.status === 'fulfilled' ? it.value : []))
    if (found.length > 0) return found
    const why = four.status === 'rejected' && four.reason instanceof Error ? four.reason.message : 'it has no address'
    const reason = `the host was not found: ${why}`
    throw [four, six].every((it) => it.status === 'fulfilled' || certain.has(it.reason?.code))
      ? new NoHost(reason)
      : new Error(reason)
  }

  #ownNames(): ReadonlyMap<string, readonly string[]> {
    if (this.#fromFile !== null && this.#fromFile.untilMs > this.#now()) return this.#fromFile.names
    const names = namesIn(this.#hostsFile)
    this.#fromFile = { names, untilMs: this.#now() + hostsFileMs }
    return names
  }
}

/** The name servers answered that the host does not exist or has no address. */
class NoHost extends Error {}

/** Names and addresses of a hosts file (hosts(5)); empty when there is no such file. */
function namesIn(path: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>()
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return names
  }
  for (const line of text.split('\n')) {
    const [address = '', ...hosts] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const host of hosts) names.set(host.toLowerCase(), [...(names.get(host.toLowerCase()) ?? []), address])
  }
  return names
}
