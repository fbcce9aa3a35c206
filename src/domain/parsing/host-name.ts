const labelCharsMax = 63
const nameCharsMax = 253

/**
 * Why nothing can be reached by a name, in a sentence; null: it is a host's (RFC 1123 §2.1, with the lengths of RFC 1035
 * §2.3.4). `name`: as `URL` gives it, in lower case and punycode. An IP address is none.
 */
export function hostNameFault(name: string): string | null {
  if (isIpAddress(name)) return 'It is an IP address; a name is wanted.'
  if (name.endsWith('.')) return 'The name of the host ends in a dot.'
  if (name.length > nameCharsMax) return `The name of the host is longer than ${nameCharsMax} characters.`
  const labels = name.split('.')
  if (labels.includes('')) return 'The name of the host has nothing between two dots.'
  if (labels.some((label) => label.length > labelCharsMax))
    return `A part of the host's name is longer than ${labelCharsMax} characters.`
  if (labels.some((label) => !/^[a-z0-9-]+$/.test(label)))
    return 'The name of the host has a character other than letters, digits and hyphens.'
  if (labels.some((label) => /^-|-$/.test(label))) return "A part of the host's name begins or ends with a hyphen."
  // The last part of a name is no number, so that no address can be written as one (RFC 3696 §2).
  return /^\d+$/.test(labels[labels.length - 1] ?? '') ? 'The name of the host ends in a number.' : null
}

/** Whether a host, as `URL` gives it, is an IP address: `URL` has normalised every form of an IPv4 address to four numbers. */
export function isIpAddress(host: string): boolean {
  return /^\[|^\d+(\.\d+){3}$/.test(host)
}

/**
 * Names that lead into the own network wherever they are looked up (RFC 6761, RFC 6762 with its appendix G, RFC 8375, ICANN's
 * `internal`), those of usual routers, DHCP servers, containers and private networks, and public ones that are made to lead to an
 * own address. Below `arpa` there is nothing to read.
 */
const ownNames =
  /^[^.]+$|\.(localhost|localdomain|local|internal|arpa|intranet|private|corp|home|lan|router|workgroup|dhcp|docker|ts\.net)$|(^|\.)((fritz|easy)\.box|speedport\.ip|routerlogin\.(com|net)|tplink(wifi|modem)\.net|(nip|sslip|xip)\.io|(lvh|localtest|vcap)\.me)$/

/** Names that lead nowhere in the public DNS (RFC 6761 §6.2 and §6.4, RFC 7686, RFC 9476), and those of I2P. */
const nowhereNames = /\.(test|invalid|onion|alt|i2p)$/

/** Whether a host, as `URL` gives it, is in the network of whoever asks for it. */
export function isOwnName(host: string): boolean {
  return ownNames.test(host)
}

/** Whether nothing is ever delivered to a host, as `URL` gives it. */
export function isNowhereName(host: string): boolean {
  return nowhereNames.test(host)
}
