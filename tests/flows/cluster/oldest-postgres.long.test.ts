import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { openDatabase } from '../../support/postgres/fresh-database.ts'
import { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { createDatabase } from '../../support/postgres/template-database.ts'
import { startNodesOn } from '../../support/processes/postgres-nodes.ts'
import { ask, english, publish } from '../../support/processes/service.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { scratchFolder } from '../../support/scratch.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

// The oldest PostgreSQL that is supported, under a whole service.

const undos: (() => unknown)[] = []
const clean = (undo: () => unknown) => void undos.push(undo)
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo()
})

const long = { timeout: 120_000, interval: 50 }
/** Debian 12's. */
const bin = globSync('/usr/lib/postgresql/15/bin/postgres').map(dirname)[0]

test.skipIf(bin === undefined)(
  'on PostgreSQL 15 two nodes start, publish and push; started again with their server, they go on where they were',
  async () => {
    const server = await PostgresServer.start({ bin: bin ?? '' })
    clean(() => server.remove())
    await createDatabase(server.url('postgres'), 'news', 'template1')
    const [version] = await openDatabase(clean, server.url('news')).all('show server_version')
    expect(version).toMatchObject({ server_version: expect.stringMatching(/^15\./) })
    const service = await startPushService()
    clean(() => service.close())
    const reached: string[] = []
    service.script = ({ readerId }) => {
      reached.push(readerId)
      return { status: 201 }
    }
    const folder = scratchFolder(clean)
    const start = (dataDir: string, env: Readonly<Record<string, string>> = {}) => startPushing(dataDir, service, env)
    const nodes = await startNodesOn(clean, server.url('news'), 2, { PUSH_THREADS: '1' }, start, folder)
    const people = Array.from({ length: 40 }, () => service.makeReader(undefined, makeBrowserKeys()))
    for (const [nth, { address }] of people.entries()) {
      const { endpoint, p256dh, auth } = address
      const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
      expect((await ask(nodes[nth % 2]?.url ?? '', 'POST', '/v1/subscriptions', body)).status).toBe(201)
    }
    const readers = await Promise.all(nodes.map(({ url }) => listenRaw(url)))
    const { cursor } = await publish(nodes[0].url, english('Before'))
    for (const reader of readers) await reader.frame(({ seq }) => seq === 1)
    const everyone = people.map(({ id }) => id).sort()
    await expect.poll(() => [...reached].sort(), long).toEqual(everyone)

    for (const node of nodes) expect(await node.end('SIGTERM'), node.error()).toBe(0)
    await server.stop('fast')
    await server.startAgain()
    const again = await Promise.all(
      nodes.map((_, nth) =>
        start(`${folder}/node-${nth}`, { DATABASE_URL: server.url('news'), PUSH_THREADS: '1' }).then((node) => {
          clean(() => node.end('SIGKILL'))
          return node
        }),
      ),
    )
    const back = await Promise.all(again.map(({ url }) => listenRaw(url, `?after=${cursor}`)))
    for (const reader of back)
      expect(await reader.frame(({ type }) => type === 'welcome')).toMatchObject({ resume: 'live' })
    expect(await publish(again[1]?.url ?? '', english('After'))).toMatchObject({ seq: 2 })
    for (const reader of back) await reader.frame(({ seq }) => seq === 2)
    await expect.poll(() => [...reached].sort(), long).toEqual([...everyone, ...everyone].sort())
  },
)
