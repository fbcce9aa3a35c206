import ipaddr from 'ipaddr.js'

/** What an IPv6 user has at home or on a telephone is a /64 (RFC 6177): more than that is one user. */
const networkBits = 64
const portOfIPv4 = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/
const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/

/**
 * An address as limits count it, whatever way it is written: without port, brackets and zone; IPv4 also where it is
 * mapped into IPv6 or translated by NAT64; IPv6 by its /64. Null for what is no address.
 */
export function countedAddress(text: string): string | null {
  const trimmed = text.trim().replace(/^"(.*)"$/, '$1')
  const bare = (bracketed.exec(trimmed)?.[1] ?? portOfIPv4.exec(trimmed)?.[1] ?? trimmed).replace(/%.*$/, '')
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return bare
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return null
  const address = ipaddr.IPv6.parse(bare)
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString()
  const translated = translatedAddress(address)
  if (translated !== null) return translated
  const network = address.parts.map((part, at) => (at < networkBits / 16 ? part : 0))
  return `${new ipaddr.IPv6(network).toString()}/${networkBits}`
}

const nat64 = ipaddr.IPv6.parse('64:ff9b::')
const nat64Bits = 96

/** The IPv4 address in one of NAT64's well-known prefix (RFC 6052 §2.1): behind one /64 are all of IPv4. Null for others. */
function translatedAddress(address: ipaddr.IPv6): string | null {
  if (!address.match(nat64, nat64Bits)) return null
  return new ipaddr.IPv4(address.toByteArray().slice(nat64Bits / 8)).toString()
}
