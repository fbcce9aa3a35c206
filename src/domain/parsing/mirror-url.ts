import { hostNameFault, isIpAddress, isNowhereName, isOwnName } from './host-name.ts'

/** The most mirrors, the longest address, and the longest of all together, in characters: a push carries the list too. */
export const mirrorLimits = { urlsMax: 8, urlCharsMax: 120, charsMax: 600 } as const

/** An address of Tor's version 3: the service's key is its name, so that it needs no TLS (rend-spec-v3). */
const onionName = /^([a-z0-9-]+\.)*[a-z2-7]{56}\.onion$/

/**
 * What is wrong with the address of a mirror, in a sentence, or null. A reader's device asks what stands there, so the same
 * is refused as of webhooks: what leads to the device itself or into its own network, another scheme, credentials.
 */
export function mirrorUrlFault(text: string): string | null {
  if (text.length > mirrorLimits.urlCharsMax) return `It is longer than ${mirrorLimits.urlCharsMax} characters.`
  // A URL parser removes such characters and replaces backslashes, without an error.
  const url = /^[!-~]+$/.test(text) && !text.includes('\\') ? urlOf(text) : null
  if (url === null) return 'This is no address such as https://mirror.example/tocsin/.'
  const { protocol, hostname, username, password, port, pathname } = url
  const isOnion = onionName.test(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && isOnion))
    return 'An https address is wanted; http is taken for an onion service only.'
  if (username !== '' || password !== '' || text.includes('@')) return 'It has a user name or a password.'
  if (/[?#]/.test(text)) return 'It has a query or a fragment; the address of a folder is wanted.'
  if (port !== '') return 'It names a port; only the usual one is taken.'
  if (!pathname.endsWith('/')) return 'It does not end in a slash; the address of a folder is wanted.'
  if (url.href !== text) return `It is not written as a browser writes it: ${url.href}`
  if (isOnion) return null
  if (isIpAddress(hostname)) return 'It names an IP address; a name is wanted.'
  const hostFault = hostNameFault(hostname)
  if (hostFault !== null) return hostFault
  if (isOwnName(hostname)) return `${hostname} is a name of an own network: each reader's is another one.`
  return isNowhereName(hostname) ? `${hostname} is a name that leads nowhere in the public DNS.` : null
}

/** `URL.canParse` would be shorter, but old phones lack it. */
function urlOf(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

/** What is wrong with a list of them as a whole, in a sentence, or null. */
export function mirrorListFault(urls: readonly string[]): string | null {
  const { urlsMax, charsMax } = mirrorLimits
  if (urls.length > urlsMax) return `At most ${urlsMax} mirrors are wanted, not ${urls.length}.`
  if (urls.join('').length > charsMax)
    return `All addresses together have at most ${charsMax} characters, because each push has them.`
  return new Set(urls).size < urls.length ? 'An address stands there twice.' : null
}
