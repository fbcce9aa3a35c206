const isOnion = (url: string) => new URL(url).hostname.endsWith('.onion')

/**
 * Whether a mirror may be asked by readers of a service at `origin`. The name of an onion service only where the service itself is one:
 * resolvers other than Tor's would learn from it what is read here (RFC 7686).
 */
export function isWithinReach(url: string, origin: string): boolean {
  return isOnion(origin) || !isOnion(url)
}
