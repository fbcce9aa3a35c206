import { hostNameFault } from './parsing/host-name.ts'
import type { Mistake, SaidValues } from './problem.ts'

/** Loopback and private networks (RFC 6890), and names that only a local network resolves (RFC 6761, 6762, 8375). */
const ownAddress =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[789]\d|1[01]\d|12[0-7]))\.|^\[(?:::1?\]|f[cd]|fe[89ab]|::ffff:(?:7f|a[0-9a-f]{2}|c0a8|a9fe|ac1[0-9a-f]))/
const ownName = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa|invalid|test|onion)$/

/** Warnings about a link: readers elsewhere cannot open it, or it was escaped for HTML. A link is never refused for them. */
export function linkWarnings(pointer: string, url: string | undefined): readonly Mistake[] {
  if (url === undefined) return []
  const { hostname } = new URL(url)
  const host = hostname.replace(/\.$/, '')
  const found: (readonly [code: string, detail: string, values: SaidValues])[] = []
  const values = { host: shown(hostname) }
  if (ownAddress.test(hostname) || ownName.test(host))
    found.push([
      'link-unreachable',
      `The link leads to ${shown(hostname)}, which readers elsewhere cannot reach.`,
      values,
    ])
  else if (!isAddress(host) && !host.includes('.'))
    found.push([
      'link-unreachable',
      `The link leads to ${shown(hostname)}, which has no domain: readers elsewhere cannot reach it.`,
      values,
    ])
  // Browsers open names with underscores.
  else if (!isAddress(host) && hostNameFault(host.replaceAll('_', 'x')) !== null)
    found.push([
      'link-misspelt',
      `The link leads to ${shown(hostname)}, which is no name that a host can have (RFC 1123).`,
      values,
    ])
  const escaped = /&(?:amp|#38|#x26);/i.exec(url)?.[0]
  if (escaped !== undefined)
    found.push([
      'link-escaped',
      `The link holds ${escaped}, as if it came out of HTML; & is probably meant.`,
      { piece: escaped },
    ])
  return found.map(([code, detail, said]) => ({ pointer, code, detail, values: said }))
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || /^[\d.]+$/.test(host)
}

function shown(host: string): string {
  return host.length > 60 ? `${host.slice(0, 60)}…` : host
}
