import { type Forwarded, tcpProxy } from './tcp-proxy.ts'

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
  let plan: { readonly at: CutAt; readonly thenAway: boolean } | null = null
  let state: 'forwarding' | 'away' = 'forwarding'
  let cuts = 0
  const stages = new WeakMap<Forwarded, 'appending' | 'committing'>()
  const proxy = await tcpProxy(port, clean, {
    accepts: () => state === 'forwarding',
    pass: (bytes, from, connection) => {
      if (isCut(bytes, from, connection)) {
        cuts += 1
        if (plan?.thenAway === true) state = 'away'
        plan = null
        proxy.cut()
        return null
      }
      return bytes
    },
  })
  const isCut = (bytes: Buffer, from: keyof Forwarded, connection: Forwarded): boolean => {
    if (from === 'server') return stages.get(connection) === 'committing' && bytes.includes(answered)
    if (bytes.includes(append)) stages.set(connection, 'appending')
    if (stages.get(connection) !== 'appending' || !bytes.includes(asked)) return false
    stages.delete(connection)
    if (plan?.at === 'after the commit') stages.set(connection, 'committing')
    return plan?.at === 'before the commit'
  }
  return {
    port: proxy.port,
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
