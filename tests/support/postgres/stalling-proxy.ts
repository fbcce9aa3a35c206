import { NotificationFilter } from './notification-filter.ts'
import { type Forwarded, tcpProxy } from './tcp-proxy.ts'

/**
 * A TCP proxy before a PostgreSQL server that can stop forwarding: its connections stay open and nothing comes through
 * them.
 */
export async function stallingProxy(port: number, clean: (undo: () => unknown) => void) {
  const silent = new WeakSet<Forwarded>()
  const filters = new WeakMap<Forwarded, NotificationFilter>()
  let state: 'forwarding' | 'stalled' | 'without notifications' | 'closed' = 'forwarding'
  let lostBytes = 0
  let lostNotifications = 0
  const pass = (bytes: Buffer, from: keyof Forwarded, connection: Forwarded): Buffer | null => {
    if (state === 'stalled' || silent.has(connection)) {
      lostBytes += bytes.length
      return null
    }
    if (from === 'client') return bytes
    const filter = filters.get(connection) ?? new NotificationFilter()
    filters.set(connection, filter)
    const before = filter.removed
    const kept = filter.filtered(bytes, state === 'without notifications')
    lostNotifications += filter.removed - before
    return kept
  }
  const { cut, ...proxy } = await tcpProxy(port, clean, { accepts: () => state !== 'closed', pass })
  const silenceOpen = () => {
    for (const connection of proxy.connections) silent.add(connection)
  }
  return {
    port: proxy.port,
    /** Nothing is forwarded any more, on new connections either. */
    stall: () => {
      state = 'stalled'
    },
    /** New connections are forwarded again; those that have lost bytes stay silent. */
    goOn: () => {
      if (state === 'stalled') silenceOpen()
      state = 'forwarding'
    },
    /** Nothing is forwarded on the connections that are open now. New ones are not affected. */
    silenceOpen,
    /** Everything but notifications is forwarded, until `goOn`. */
    dropNotifications: () => {
      state = 'without notifications'
    },
    /** Ends every connection. */
    cut,
    /** Ends every connection, and each new one at once, until `goOn`. */
    close: () => {
      state = 'closed'
      cut()
    },
    /** What was not forwarded so far. */
    lost: () => ({ bytes: lostBytes, notifications: lostNotifications }),
  }
}
