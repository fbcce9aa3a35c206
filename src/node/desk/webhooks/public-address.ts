import ipaddr from 'ipaddr.js'

/**
 * Whether an IP address is one of the public internet. All others lead to this machine, into the own network or to nobody, also
 * inside of an IPv6 address (mapped RFC 4291 §2.5.5.2; NAT64 RFC 6052). 6to4 and Teredo are refused as a whole.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  // Of NAT64 the network translates it to the IPv4 address in its last four bytes.
  const meant = address.range() === 'rfc6052' ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : address
  return meant.range() === 'unicast'
}
