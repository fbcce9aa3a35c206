import type { IncomingMessage } from 'node:http'
import { BlockList } from 'node:net'
import { isLoopbackName } from '../../http/own-origin.ts'

/** Headers that proxies add to a request. */
const forwarding = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via']

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * Whether a request was made by a program on this machine for itself. A proxy on this machine also sends requests, for
 * others: most proxies add a header, keep the original host, or speak HTTP/1.0 (nginx by default).
 */
export function isLocalRequest({ socket, headers, httpVersion }: IncomingMessage): boolean {
  const peer = socket.remoteAddress ?? ''
  // An IPv4-mapped address (::ffff:127.0.0.1) matches the IPv4 rule.
  const isHere = peer !== '' && loopback.check(peer, peer.includes(':') ? 'ipv6' : 'ipv4')
  const wasForwarded = forwarding.some((name) => headers[name] !== undefined) || httpVersion !== '1.1'
  const host = `http://${headers.host}`
  return isHere && !wasForwarded && URL.canParse(host) && isLoopbackName(new URL(host).hostname)
}
