import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshDatabase, openDatabase } from '../support/postgres/fresh-database.ts'
import { freePort } from '../support/postgres/postgres-server.ts'
import { stallingProxy } from '../support/postgres/stalling-proxy.ts'
import { onDatabase, startNodes } from '../support/processes/postgres-nodes.ts'
import { ask, english, publish, startNode } from '../support/processes/service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { listenRaw } from '../support/streams/raw-listener.ts'

const clean = cleaning()
const newKey = () => ({ 'idempotency-key': randomUUID() })

test('a reader of one node receives what is published at another, and a cursor of either is good on both at once', async () => {
  const { nodes } = await startNodes(clean, 2)
  const [one, two] = [nodes[0].url, nodes[1]?.url ?? '']
  const reader = await listenRaw(two)
  for (let count = 0; count < 10; count += 1) {
    const { cursor, seq } = await publish(one, english(`Post ${count}`))
    const joined = await listenRaw(two, `?after=${cursor}`)
    expect(await joined.frame((it) => it.type === 'welcome')).toMatchObject({ resume: 'live', cursor })
    await reader.frame((it) => it.seq === seq)
  }
  expect(reader.seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('the kill switch, a session and a revoked key hold on the other node', async () => {
  const { nodes } = await startNodes(clean, 2)
  const [one, two] = [nodes[0].url, nodes[1]?.url ?? '']
  expect((await ask(one, 'POST', '/v1/desk/pause', { reason: 'A wrong alert' })).status).toBe(200)
  const refused = await ask(two, 'POST', '/v1/alerts', { level: 'urgent', ...english('Held') }, newKey())
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([423, 'paused'])
  expect((await ask(two, 'POST', '/v1/desk/resume', { reason: 'It was right' })).status).toBe(200)
  await publish(one, english('Resumed'))
  const made = await ask(one, 'POST', '/v1/desk/editors', { name: 'Other', role: 'editor' })
  const { editor, key } = (await made.json()) as { editor: { id: string }; key: string }
  const headers = { authorization: `Bearer ${key}` }
  expect((await ask(two, 'GET', '/v1/desk/pause', undefined, headers)).status).toBe(200)
  expect((await ask(one, 'DELETE', `/v1/desk/editors/${editor.id}`)).status).toBeLessThan(300)
  expect((await ask(two, 'GET', '/v1/desk/pause', undefined, headers)).status).toBe(401)
})

test('readers of a replaced log are closed, begin anew with a reset, and the desk has an alarm', async () => {
  const { nodes, databaseUrl } = await startNodes(clean, 2, { DRAIN_SECONDS: '0' })
  const [one, two] = [nodes[0].url, nodes[1]?.url ?? '']
  const { cursor } = await publish(one, english('Before'))
  const readers = await Promise.all([listenRaw(one), listenRaw(two)])
  // As a promoted standby says of itself.
  await openDatabase(clean, databaseUrl).once(`update tocsin.log_head set identity = 'another'`)
  await Promise.all(readers.map(({ closed }) => closed))
  for (const url of [one, two]) {
    await expect
      .poll(
        () =>
          fetch(`${url}/readyz`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 60_000 },
      )
      .toBe(200)
    const back = await listenRaw(url, `?after=${cursor}`)
    expect(await back.frame((it) => it.type === 'reset')).toMatchObject({ reason: 'log-changed' })
    expect(await (await ask(url, 'GET', '/v1/desk/alarms')).text()).toContain('a standby was promoted')
  }
  const reader = await listenRaw(two)
  const { seq } = await publish(one, english('After'))
  await reader.frame((it) => it.seq === seq)
})

test('a node without the keys of its database does not start, and says what it needs', async () => {
  const { databaseUrl } = await startNodes(clean, 1)
  const dataDir = join(scratchFolder(clean), 'empty')
  mkdirSync(dataDir)
  await expect(startNode(dataDir, onDatabase(databaseUrl))).rejects.toThrow(
    /no push-secret and no vapid\.json.*Copy them/s,
  )
})

test('wake-ups that do not arrive end the start with a line that names LISTEN_DATABASE_URL', async () => {
  const { databaseUrl } = await startNodes(clean, 1)
  const other = new URL(databaseUrl)
  other.pathname = '/postgres'
  const env = { ...onDatabase(databaseUrl), LISTEN_DATABASE_URL: other.href }
  await expect(startNode(scratchFolder(clean), env)).rejects.toThrow(/Set LISTEN_DATABASE_URL/)
})

test('of several hosts in DATABASE_URL the one that answers is used, for wake-ups too', async () => {
  const url = await freshDatabase(clean)
  const several = url.replace(/@/, `@127.0.0.1:${await freePort()},`)
  const { nodes } = await startNodes(clean, 2, onDatabase(several))
  const reader = await listenRaw(nodes[1]?.url ?? '')
  const { seq } = await publish(nodes[0].url, english('By the second host'))
  await reader.frame((it) => it.seq === seq)
})

test('while the database does not answer, publishing is refused with Retry-After, and the same key later makes one alert', async () => {
  const database = new URL(await freshDatabase(clean))
  const proxy = await stallingProxy(Number(database.port), clean)
  database.port = String(proxy.port)
  const node = await startNode(scratchFolder(clean), onDatabase(database.href))
  clean(() => node.end('SIGKILL'))
  await publish(node.url, english('Before'))
  proxy.stall()
  const headers = newKey()
  const send = () => ask(node.url, 'POST', '/v1/alerts', { level: 'urgent', ...english('During') }, headers)
  const refused = await send()
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]/)])
  await expect.poll(() => fetch(`${node.url}/readyz`).then(({ status }) => status)).toBe(503)
  proxy.goOn()
  await expect.poll(() => fetch(`${node.url}/readyz`).then(({ status }) => status), { timeout: 60_000 }).toBe(200)
  const [first, again] = [await send(), await send()]
  expect([first.status, again.status]).toEqual([201, 201])
  expect(await first.json()).toMatchObject({ seq: 2 })
  expect(await again.json()).toMatchObject({ seq: 2 })
})
