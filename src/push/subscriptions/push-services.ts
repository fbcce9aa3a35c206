/**
 * The hosts of the push services that browsers use. A name stands for itself; with a dot before it, for every name below
 * it. Only Windows has a host for each region, all others have one.
 */
export const pushServiceHosts: readonly string[] = [
  'fcm.googleapis.com',
  'jmt17.google.com',
  'updates.push.services.mozilla.com',
  'web.push.apple.com',
  '.notify.windows.com',
]

/** What an operator's suffixes (PUSH_HOSTS) allow besides: each name itself, and every name below it. */
export function withSuffixes(suffixes: readonly string[]): readonly string[] {
  return [...pushServiceHosts, ...suffixes.flatMap((suffix) => [suffix, `.${suffix}`])]
}

const hostSuffix = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/

/**
 * Reads PUSH_HOSTS, a comma-separated list of host suffixes. `mistake`: what is wrong with one of them, which must not be
 * allowed then: `com` would let anybody have us send to any host.
 */
export function parsePushHosts(text: string): { readonly hosts: readonly string[]; readonly mistake: string | null } {
  const named = text
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter(Boolean)
  const hosts = named.filter((host) => hostSuffix.test(host))
  return { hosts, mistake: hosts.length === named.length ? null : 'host suffixes such as push.example.org are wanted' }
}

/** Whether a host (lower case, as `URL` gives it) belongs to one of the services. Compares names, never patterns. */
export function isPushHost(host: string, hosts: readonly string[]): boolean {
  return hosts.includes(host) || suffixOf(host, hosts) !== null
}

/**
 * The suffix, with its dot, to which alone a host owes that it is allowed; null for a host that is named itself, or not
 * allowed at all. Anybody can make up names below a suffix: what they cost must be bounded.
 */
export function suffixOf(host: string, hosts: readonly string[]): string | null {
  if (hosts.includes(host)) return null
  return hosts.find((it) => it.startsWith('.') && host.endsWith(it) && /[^.]$/.test(host.slice(0, -it.length))) ?? null
}

/** So many hosts below one suffix are kept in one database. Windows has some dozens; strangers could name any number. */
export const hostsPerSuffixMax = 200

const endpointMax = 2_048
const hostShownMax = 100

/**
 * What is wrong with an endpoint, in a sentence, or null. An endpoint is a URL that a stranger chose: it is checked
 * when it is saved and again before each request to it.
 */
export function endpointFault(endpoint: string, hosts: readonly string[]): string | null {
  if (endpoint.length > endpointMax) return `The endpoint is longer than ${endpointMax} characters.`
  if (!URL.canParse(endpoint)) return 'The endpoint is not a URL.'
  const url = new URL(endpoint)
  if (url.href.length > endpointMax) return `The endpoint is longer than ${endpointMax} characters.`
  if (url.protocol !== 'https:') return 'The endpoint is not an https address.'
  if (url.username !== '' || url.password !== '') return 'The endpoint has a user name or a password.'
  if (url.port !== '') return 'The endpoint names a port; push services use the usual one.'
  // Whatever suffixes an operator allows: `URL` has written every form of an IPv4 address as four numbers.
  if (/^\[|^\d+(\.\d+){3}$/.test(url.hostname)) return 'The endpoint names an IP address; push services have names.'
  if (url.hash !== '') return 'The endpoint has a fragment.'
  if (!isPushHost(url.hostname, hosts))
    return `The endpoint's host, ${url.hostname.slice(0, hostShownMax)}, is not of a push service known here; whoever runs this service can allow it in PUSH_HOSTS.`
  return null
}

/** What to do after an answer. Delays in milliseconds; `counted` says whether it was an attempt. */
export type Verdict =
  | { readonly act: 'accepted' }
  | { readonly act: 'gone' }
  | { readonly act: 'failed'; readonly cause: 'ours' | 'key' | 'redirect' | 'strange' }
  | {
      readonly act: 'again'
      readonly afterMs: number
      readonly counted: boolean
      /** `throttled`: the service asks us to slow down; `down`: it cannot; `key`: it did not take our token. */
      readonly cause: 'throttled' | 'down' | 'key' | 'young' | 'unprocessed'
    }

/** What is known of a push when its answer comes. */
export type Asked = {
  readonly attempts: number
  readonly ageMs: number
  readonly lookedGone: boolean
  readonly nowMs: number
}

const youngMs = 10 * 60 * 1_000
const askAgainMs = 60 * 1_000
const retryFirstMs = 2_000
const retryMostMs = 5 * 60 * 1_000
/** An answer cannot make us wait longer than this; the TTL may end before. */
const retryAfterMostMs = 4 * 60 * 60 * 1_000

/** What to do after a service's status, by the table of statuses in docs/internals.md. `random` gives 0 to 1. */
export function verdictOf(status: number, retryAfter: string | null, asked: Asked, random: () => number): Verdict {
  const again = (cause: 'throttled' | 'down' | 'key'): Verdict => ({
    act: 'again',
    afterMs: Math.max(backOffMs(asked.attempts, random), retryAfterMs(retryAfter, asked.nowMs) ?? 0),
    counted: true,
    cause,
  })
  if (status === 200 || status === 201 || status === 202 || status === 204) return { act: 'accepted' }
  if (status === 404 || status === 410) {
    // A fresh subscription has been called gone and then worked: a young one is asked once more.
    if (asked.ageMs >= youngMs || asked.lookedGone) return { act: 'gone' }
    return { act: 'again', afterMs: askAgainMs, counted: true, cause: 'young' }
  }
  if (status === 429 || status === 406) return again('throttled')
  if (status === 408 || status >= 500) return again('down')
  if (status === 401 || status === 403) return asked.attempts === 0 ? again('key') : { act: 'failed', cause: 'key' }
  if (status === 400 || status === 413) return { act: 'failed', cause: 'ours' }
  if (status >= 300 && status < 400) return { act: 'failed', cause: 'redirect' }
  return { act: 'failed', cause: 'strange' }
}

/** After a time-out, a reset or no connection: the same ciphertext again, later. */
export function afterBroken(attempts: number, random: () => number): Verdict {
  return { act: 'again', afterMs: backOffMs(attempts, random), counted: true, cause: 'down' }
}

/** Full jitter: anywhere between nothing and a limit that doubles with each attempt. */
export function backOffMs(attempts: number, random: () => number): number {
  return Math.round(random() * Math.min(retryMostMs, retryFirstMs * 2 ** Math.min(attempts, 30)))
}

/** Reads `Retry-After`, seconds or an HTTP date (RFC 9110 §10.2.3); null when there is none or it says nothing. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null
  const text = value.trim()
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : httpDateMs(text) - nowMs
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), retryAfterMostMs)
}

const httpDate =
  /^((Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]+, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT|(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/

function httpDateMs(text: string): number {
  if (!httpDate.test(text)) return Number.NaN
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
}
