import { hostNameFault } from '../../domain/parsing/host-name.ts'

/**
 * The hosts of browsers' push services. A name matches itself; with a leading dot, every name below it. Only
 * Windows has a host for each region; the others have one.
 */
export const pushServiceHosts: readonly string[] = [
  'fcm.googleapis.com',
  'jmt17.google.com',
  'updates.push.services.mozilla.com',
  'web.push.apple.com',
  '.notify.windows.com',
]

/** Adds an operator's suffixes (PUSH_HOSTS): each name itself, and every name below it. */
export function withSuffixes(suffixes: readonly string[]): readonly string[] {
  return [...pushServiceHosts, ...suffixes.flatMap((suffix) => [suffix, `.${suffix}`])]
}

/**
 * Parses PUSH_HOSTS, a comma-separated list of host suffixes. `mistake` says what is wrong with one of them; then none
 * may be used. With `com`, for example, anybody could make the service send to any host.
 */
export function parsePushHosts(text: string): { readonly hosts: readonly string[]; readonly mistake: string | null } {
  const named = text
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter(Boolean)
  const hosts = named.filter((host) => host.includes('.') && hostNameFault(host) === null)
  return { hosts, mistake: hosts.length === named.length ? null : 'host suffixes such as push.example.org are wanted' }
}

/** Whether a host (lower case, as `URL` gives it) is one of the hosts. Compares names, without patterns. */
export function isPushHost(host: string, hosts: readonly string[]): boolean {
  return hosts.includes(host) || suffixOf(host, hosts) !== null
}

/**
 * The suffix, with its dot, by which a host is allowed; null for a host that is in the list itself, or not allowed.
 * Anybody can make up names below a suffix, so their number must be limited.
 */
export function suffixOf(host: string, hosts: readonly string[]): string | null {
  if (hosts.includes(host)) return null
  return hosts.find((it) => it.startsWith('.') && host.endsWith(it) && /[^.]$/.test(host.slice(0, -it.length))) ?? null
}

/** The most hosts below one suffix in one database. Windows has some dozens; anybody could name any number. */
export const hostsPerSuffixMax = 200

const endpointMax = 2_048
const hostShownMax = 100

/**
 * What is wrong with an endpoint, in a sentence, or null. An endpoint is a URL from an unknown sender, so it is checked
 * when it is stored and again before each request to it.
 */
export function endpointFault(endpoint: string, hosts: readonly string[]): string | null {
  if (endpoint.length > endpointMax) return `The endpoint is longer than ${endpointMax} characters.`
  const url = URL.parse(endpoint)
  if (url === null) return 'The endpoint is not a URL.'
  if (url.href.length > endpointMax) return `The endpoint is longer than ${endpointMax} characters.`
  if (url.protocol !== 'https:') return 'The endpoint is not an https address.'
  if (url.username !== '' || url.password !== '') return 'The endpoint has a user name or a password.'
  if (url.port !== '') return 'The endpoint names a port; push services use the usual one.'
  // Refused whatever suffixes are allowed.
  const fault = hostNameFault(url.hostname)
  if (fault !== null) return `The endpoint cannot be reached. ${fault}`
  if (url.hash !== '') return 'The endpoint has a fragment.'
  if (!isPushHost(url.hostname, hosts))
    return `The endpoint's host, ${url.hostname.slice(0, hostShownMax)}, is not of a push service known here; whoever runs this service can allow it in PUSH_HOSTS.`
  return null
}

const scheme = 'https://'

/** An endpoint up to its path. */
export function startOf(endpoint: string): string {
  const slash = endpoint.startsWith(scheme) ? endpoint.indexOf('/', scheme.length) : -1
  // A URL may begin in odd ways that put the host elsewhere, such as with three slashes.
  return slash > scheme.length ? endpoint.slice(0, slash) : endpoint
}
