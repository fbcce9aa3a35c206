import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/** The connection is cut before the server gets the commit, or when the server has committed and the client does not know. */
export type CutAt = 'before the commit' | 'after the commit'

/** The simple query of a commit as the client sends it, and the server's answer (Query, CommandComplete). */
const asked = Buffer.from('commit\0')
const append = Buffer.from('tocsin.finish_append')
const answered = Buffer.from('COMMIT\0')

/**
 * A TCP proxy before a PostgreSQL server that cuts a connection in the middle of the commit of an append; optionally the
 * server cannot be reached from then on.
 */
export async function commitProxy(port: number, clean: (undo: () => unknown) => void) {
  const sockets = new Set<Socket>()
  let plan: { readonly at: CutAt; readonly thenAway: boolean } | null = null
  let state: 'forwarding' | 'away' = 'forwarding'
  let cuts = 0
  const cut = () => {
    cuts += 1
    if (plan?.thenAway === true) state = 'away'
    plan = null
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((near) => {
    if (state === 'away') return void near.destroy()
    const far = createConnection(port, '127.0.0.1')
    let isAppending = false
    let isCommitting = false
    near.on('data', (bytes: Buffer) => {
      isAppending ||= bytes.includes(append)
      if (isAppending && bytes.includes(asked)) {
        isAppending = false
        if (plan?.at === 'before the commit') return cut()
        isCommitting = plan?.at === 'after the commit'
      }
      far.write(bytes)
    })
    far.on('data', (bytes: Buffer) => {
      if (isCommitting && bytes.includes(answered)) return cut()
      near.write(bytes)
    })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    /** The next append is cut; `thenAway`: after it nobody is connected, until `goOn`. */
    cutNext: (at: CutAt, thenAway: boolean) => {
      plan = { at, thenAway }
    },
    goOn: () => {
      state = 'forwarding'
    },
    /** How many commits were cut. */
    cuts: () => cuts,
  }
}
