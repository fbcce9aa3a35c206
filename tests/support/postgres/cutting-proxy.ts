import { tcpProxy } from './tcp-proxy.ts'

/**
 * A TCP proxy before a PostgreSQL server that ends every connection when it is told to: at the nth packet from then on, in
 * whichever direction, so that it is within a transaction, at its commit, or before the answer to that.
 */
export async function cuttingProxy(port: number, clean: (undo: () => unknown) => void) {
  let packetsLeft: number | null = null
  let state: 'forwarding' | 'away' = 'forwarding'
  let thenAway = false
  let cuts = 0
  const proxy = await tcpProxy(port, clean, {
    accepts: () => state === 'forwarding',
    pass: (bytes) => {
      if (packetsLeft !== 0) {
        if (packetsLeft !== null) packetsLeft -= 1
        return bytes
      }
      packetsLeft = null
      cuts += 1
      if (thenAway) state = 'away'
      proxy.cut()
      return null
    },
  })
  return {
    port: proxy.port,
    /** `away`: after it nobody is connected, until `goOn`. */
    cutAt: (packet: number, away: boolean) => {
      packetsLeft = packet
      thenAway = away
    },
    goOn: () => {
      packetsLeft = null
      state = 'forwarding'
    },
    /** How often the connections were cut. */
    cuts: () => cuts,
  }
}
