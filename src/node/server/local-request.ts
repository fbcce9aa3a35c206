import type { IncomingMessage } from 'node:http'
import { BlockList } from 'node:net'
import { isLoopbackName } from '../../http/own-origin.ts'

/** What proxies add when they pass a request on. */
const forwarding = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via']

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * Whether a request was made on this machine for itself. A proxy on this machine makes requests too, for others: most
 * say so in a header, pass on the name that was asked for, or speak HTTP/1.0 to us (nginx, unless told otherwise).
 */
export function isLocalRequest({ socket, headers, httpVersion }: IncomingMessage): boolean {
  const peer = socket.remoteAddress ?? ''
  // Mapped IPv4 (::ffff:127.0.0.1) is found by its IPv4 rule.
  const isHere = peer !== '' && loopback.check(peer, peer.includes(':') ? 'ipv6' : 'ipv4')
  const wasForwarded = forwarding.some((name) => headers[name] !== undefined) || httpVersion !== '1.1'
  const host = `http://${headers.host}`
  return isHere && !wasForwarded && URL.canParse(host) && isLoopbackName(new URL(host).hostname)
}
