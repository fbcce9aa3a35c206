import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { v7 as uuidv7 } from 'uuid'
import { ensureAdmin } from '../../auth/first-key.ts'
import { Desk } from '../../desk/desk.ts'
import { Items } from '../../desk/items/items.ts'
import { noRules } from '../../domain/level-rules.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { deskRoutes } from '../../http/api/desk/desk-routes.ts'
import { createPart } from '../../http/app.ts'
import { SqliteItems } from '../../store/sqlite/desk/sqlite-items.ts'
import { SqliteEditors } from '../../store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../store/sqlite/sqlite-pause.ts'
import { openSqlite } from '../storage/sqlite-file.ts'
import { hashOf } from './secret-hash.ts'
import { createHttpServer } from './server.ts'

/**
 * Measured by `npm run bench:service`: after this many alerts, the first real one costs about as much as a later one.
 */
const alertsCount = 8
const url = 'http://localhost'

type Deps = {
  readonly newsroom: Newsroom
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/** A running warm-up. */
type PublishWarmUp = {
  /** The number of alerts published; fewer when it was stopped. Never rejects: an error is reported. */
  readonly done: Promise<number>
  readonly stop: () => Promise<void>
}

/**
 * Publishes some alerts through the routes and the server code of the service, into a database in memory that has no
 * readers. Schemas, regular expressions and code are compiled on first use. Without this, storing the first alert after
 * a start takes several times as long as storing a later one.
 */
export function startPublishWarmUp(deps: Deps): PublishWarmUp {
  const stopping = new AbortController()
  const done = publishAlerts(deps, stopping.signal)
  return {
    done,
    async stop() {
      stopping.abort()
      await done
    },
  }
}

async function publishAlerts(deps: Deps, signal: AbortSignal): Promise<number> {
  let published = 0
  try {
    const service = await openService(deps)
    try {
      // Each process listens on its own port: a shared port would pass its connections to other processes.
      service.server.listen({ port: 0, host: '127.0.0.1', exclusive: true })
      await once(service.server, 'listening', { signal })
      const { port } = service.server.address() as AddressInfo
      for (; published < alertsCount; published += 1)
        await post(port, requestText(deps.newsroom, service.key, `warm-up-${published}`), signal)
    } finally {
      service.close()
    }
  } catch (error) {
    if (!signal.aborted) deps.report(error, 'warming up the publishing of alerts')
  }
  return published
}

/** The desk's routes on a database in memory, with an editor's key. */
async function openService({ newsroom: served, now, report }: Deps) {
  // Rules of the newsroom would hold the alerts up.
  const newsroom = { ...served, rules: noRules }
  const sql = openSqlite(':memory:')
  const log = new SqliteLog(sql, 'warm-up')
  const editors = new SqliteEditors(sql)
  const pauses = new SqlitePause(sql)
  const { key } = await ensureAdmin({ editors, now, newId: uuidv7 }, null)
  const desk = new Desk({ log, newsroom, pauses, now, newId: uuidv7 })
  const app = createPart({ editors, now, hashOf, report, publicUrl: url, trustProxy: false })
  deskRoutes(app, {
    ...{ log, editors, newsroom, now },
    ...{ desk, items: new Items({ items: new SqliteItems(sql, log), desk, log, newsroom, now, newId: uuidv7 }) },
    outbox: { delivery: async () => [] },
    // Only a dry run needs these counts.
    subscriptions: { count: async () => [] },
    sockets: async () => ({ byLanguage: new Map(), atLeast: false }),
  })
  const server = createHttpServer((request, env) => app.fetch(request, env))
  const close = (): void => {
    server.close()
    server.closeAllConnections()
    sql.close()
  }
  return { server, key: key ?? '', close }
}

/** Sends each alert over a new connection, as editors do. Throws when one is refused. */
async function post(port: number, request: string, signal: AbortSignal): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', signal })
  try {
    socket.write(request)
    const [answer] = (await once(socket, 'data', { signal })) as [Buffer]
    const status = answer.toString('latin1', 0, answer.indexOf('\r\n'))
    if (!status.includes(' 201 ')) throw new Error(`an alert was answered with ${status}`)
  } finally {
    socket.destroy()
  }
}

function requestText({ languages }: Newsroom, key: string, idempotencyKey: string): string {
  const texts = languages.slice(0, 2).map(({ tag }) => [tag, { headline: 'Nothing has happened', summary: 'Nothing.' }])
  const body = JSON.stringify({ level: 'urgent', texts: Object.fromEntries(texts) })
  return (
    `POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${key}\r\n` +
    `Idempotency-Key: ${idempotencyKey}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}
