import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { NotificationFilter } from './notification-filter.ts'

type Pair = {
  readonly near: Socket
  readonly far: Socket
  isSilent: boolean
  readonly notifications: NotificationFilter
}

/**
 * A TCP proxy before a PostgreSQL server that can stop forwarding: its connections stay open and nothing comes through
 * them.
 */
export async function stallingProxy(port: number, clean: (undo: () => unknown) => void) {
  const pairs = new Set<Pair>()
  let state: 'forwarding' | 'stalled' | 'without notifications' | 'closed' = 'forwarding'
  let lostBytes = 0
  let lostNotifications = 0
  const forwarded = (pair: Pair, from: Socket, bytes: Buffer): Buffer => {
    if (state === 'stalled' || pair.isSilent) {
      lostBytes += bytes.length
      return Buffer.alloc(0)
    }
    if (from === pair.near) return bytes
    const before = pair.notifications.removed
    const kept = pair.notifications.filtered(bytes, state === 'without notifications')
    lostNotifications += pair.notifications.removed - before
    return kept
  }
  const server = createServer((near) => {
    if (state === 'closed') return void near.destroy()
    const far = createConnection(port, '127.0.0.1')
    const pair: Pair = { near, far, isSilent: false, notifications: new NotificationFilter() }
    pairs.add(pair)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes: Buffer) => void to.write(forwarded(pair, from, bytes)))
      from.on('error', () => {})
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy()
  }
  clean(() => {
    server.close()
    cut()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const silenceOpen = () => {
    for (const pair of pairs) pair.isSilent = true
  }
  return {
    port: address.port,
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
