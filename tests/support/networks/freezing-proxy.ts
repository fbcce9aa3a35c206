import { type Forwarded, tcpProxy } from '../postgres/tcp-proxy.ts'

/**
 * A TCP proxy before a server of this machine that lets so many bytes of each connection through to the client, and then nothing
 * any more in either direction, not even the end of the connection: neither end is told.
 */
export async function freezingProxy(port: number, clean: (undo: () => unknown) => void, bytesMax = 15_000) {
  const left = new WeakMap<Forwarded, number>()
  const frozen = new WeakSet<Forwarded>()
  let frozenCount = 0
  let most = bytesMax
  const proxy = await tcpProxy(port, clean, {
    accepts: () => true,
    pass(piece, from, connection) {
      if (frozen.has(connection)) return null
      if (from === 'client') return piece
      const rest = (left.get(connection) ?? most) - piece.length
      left.set(connection, rest)
      if (rest >= 0) return piece
      frozen.add(connection)
      frozenCount += 1
      return piece.subarray(0, rest)
    },
    passesEnd: (connection) => !frozen.has(connection),
  })
  return {
    port: proxy.port,
    /** How many connections have stopped so far. */
    frozen: () => frozenCount,
    /** Ends all connections, and lets so many bytes through of each later one. */
    allow(bytes: number) {
      most = bytes
      proxy.cut()
    },
  }
}
