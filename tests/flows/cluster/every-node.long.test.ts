import { afterEach, expect, test } from 'vitest'
import { makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { freshDatabase } from '../../support/postgres/fresh-database.ts'
import { stallingProxy } from '../../support/postgres/stalling-proxy.ts'
import { startNodes, startNodesOn } from '../../support/processes/postgres-nodes.ts'
import { childrenOf, whole } from '../../support/processes/process-states.ts'
import { adminKey, ask, english, newKey, publish, type Running } from '../../support/processes/service.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { listenRaw, type RawListener } from '../../support/streams/raw-listener.ts'

// What one node does holds on every other at once.

const undos: (() => unknown)[] = []
const clean = (undo: () => unknown) => void undos.push(undo)
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo()
})

const long = { timeout: 120_000, interval: 50 }
const publicUrl = 'http://desk.example'

async function twoNodes(env: Readonly<Record<string, string>> = {}): Promise<readonly [Running, Running]> {
  const { nodes } = await startNodes(clean, 2, env)
  const [one, two] = nodes
  if (two === undefined) throw new Error('there is one node')
  return [one, two]
}

/** The series of a node's metrics, by name and labels. */
async function metricsOf({ url }: Running): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('tocsin_'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

test('a session that was opened at one node is good at the other, and signing out there ends it at both', async () => {
  const nodes = await twoNodes({ PUBLIC_URL: publicUrl })
  for (const [at, other] of [nodes, nodes.toReversed()] as const) {
    const call = ({ url }: Running, method: string, cookie?: string) =>
      fetch(`${url}/v1/desk/session`, {
        method,
        headers: {
          origin: publicUrl,
          ...(cookie === undefined ? { 'content-type': 'application/json' } : { cookie }),
        },
        ...(cookie === undefined ? { body: JSON.stringify({ key: adminKey }) } : {}),
      })
    const opened = await call(at as Running, 'POST')
    expect(opened.status).toBe(201)
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
    for (const node of [other as Running, at as Running]) expect((await call(node, 'GET', cookie)).status).toBe(200)
    expect((await call(other as Running, 'DELETE', cookie)).status).toBe(204)
    for (const node of [at as Running, other as Running]) expect((await call(node, 'GET', cookie)).status).toBe(401)
  }
})

test('a stop at one node holds at the other from its answer on, and says there who stopped what; resumed, both publish', async () => {
  const nodes = await twoNodes()
  const send = ({ url }: Running, tag: string) =>
    ask(
      url,
      'POST',
      '/v1/alerts',
      { level: 'urgent', texts: { [tag]: { headline: 'A headline', summary: '' } } },
      { 'idempotency-key': newKey() },
    )
  const reader = await listenRaw(nodes[1].url, '?languages=*')
  let published = 0
  for (let round = 0; round < 6; round += 1) {
    const [at = nodes[0], other = nodes[1]] = round % 2 === 0 ? nodes : nodes.toReversed()
    expect((await ask(at.url, 'POST', '/v1/desk/pause', { languages: ['fa'], reason: 'Wrong' })).status).toBe(200)
    const refused = await Promise.all([send(other, 'fa'), send(other, 'fa'), send(at, 'fa')])
    expect(refused.map(({ status }) => status)).toEqual([423, 423, 423])
    expect(await (await ask(other.url, 'GET', '/v1/desk/pause')).json()).toMatchObject({
      pause: { reason: 'Wrong' },
    })
    // Other languages go on.
    expect((await send(other, 'en')).status).toBe(201)
    expect((await ask(other.url, 'POST', '/v1/desk/resume', { reason: 'Right' })).status).toBe(200)
    expect((await send(at, 'fa')).status).toBe(201)
    published += 2
  }
  await reader.frame(({ seq }) => seq === published)
  expect(reader.seqs()).toEqual(Array.from({ length: published }, (_, nth) => nth + 1))
})

test('a test push that is ordered at one node reaches a subscription that was made at the other', async () => {
  const service = await startPushService()
  clean(() => service.close())
  const start = (dataDir: string, env: Record<string, string> = {}) => startPushing(dataDir, service, env)
  const { nodes } = await startNodes(clean, 2, { PUSH_THREADS: '1' }, start)
  const reached: string[] = []
  service.script = ({ readerId }) => {
    reached.push(readerId)
    return { status: 201 }
  }
  for (const [made, ordered] of [nodes, nodes.toReversed()] as const) {
    const reader = service.makeReader(undefined, makeBrowserKeys())
    const { endpoint, p256dh, auth } = reader.address
    const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
    const answer = await ask(made?.url ?? '', 'POST', '/v1/subscriptions', body)
    const { id, token } = (await answer.json()) as { id: string; token: string }
    const headers = { authorization: `Bearer ${token}` }
    const sent = await ask(ordered?.url ?? '', 'POST', `/v1/subscriptions/${id}/test`, undefined, headers)
    expect(sent.status, await sent.text()).toBeLessThan(300)
    await expect.poll(() => reached, long).toContain(reader.id)
    // Its token is good there too.
    expect((await ask(ordered?.url ?? '', 'DELETE', `/v1/subscriptions/${id}`, undefined, headers)).status).toBe(204)
    expect((await ask(made?.url ?? '', 'GET', `/v1/subscriptions/${id}`, undefined, headers)).status).toBe(404)
  }
})

test('a node that is behind a reader’s cursor, and cannot read on, refuses the reader for a moment and sends nothing old', async () => {
  const url = new URL(await freshDatabase(clean))
  const direct = url.href
  const proxy = await stallingProxy(Number(url.port), clean)
  url.port = String(proxy.port)
  const [one, two] = await nodesAt([direct, url.href])
  const before = await publish(one.url, english('Before'))
  // The other has read it: else this reader is sent it too.
  const read = await listenRaw(two.url, `?after=${before.cursor.replace(/\d+$/, '0')}`)
  await read.frame(({ seq }) => seq === 1)
  const reader = await listenRaw(two.url)
  proxy.stall()
  const { cursor } = await publish(one.url, english('While the other is away'))
  // It is behind, or has found out that it cannot read at all.
  const waits = /^(catching-up|cannot-read)$/
  for (let tries = 0; tries < 3; tries += 1) {
    const refused = await listenRaw(two.url, `?after=${cursor}`).catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^[1-9]/) } })
    expect(JSON.parse((refused as Error).message).code).toMatch(waits)
    const events = await fetch(`${two.url}/v1/events?after=${cursor}`)
    expect([events.status, events.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]/)])
    expect(((await events.json()) as { code: string }).code).toMatch(waits)
  }
  expect(proxy.lost().bytes).toBeGreaterThan(0)
  proxy.goOn()
  const join = () =>
    listenRaw(two.url, `?after=${cursor}`).then(
      ({ cursor: at }) => at() ?? 'joined',
      () => null,
    )
  await expect.poll(join, long).not.toBeNull()
  await reader.frame(({ seq }) => seq === 2)
  expect(reader.seqs()).toEqual([2])
})

/** Two nodes on one database, each by its own address. */
async function nodesAt([first, second]: readonly [string, string]): Promise<readonly [Running, Running]> {
  const addresses = [first, second]
  const { startNode } = await import('../../support/processes/service.ts')
  let nth = 0
  const nodes = await startNodesOn(clean, first, 2, {}, (dataDir, env) =>
    startNode(dataDir, { ...env, DATABASE_URL: addresses[nth++] ?? '' }),
  )
  const [one, two] = nodes
  if (two === undefined) throw new Error('there is one node')
  return [one, two]
}

test('the metrics of two nodes add up to what happened', async () => {
  const service = await startPushService()
  clean(() => service.close())
  const start = (dataDir: string, env: Record<string, string> = {}) => startPushing(dataDir, service, env)
  const { nodes } = await startNodes(clean, 2, { PUSH_THREADS: '1' }, start)
  service.script = () => ({ status: 201 })
  const [subscriptions, alerts] = [12, 5]
  for (let nth = 0; nth < subscriptions; nth += 1) {
    const { endpoint, p256dh, auth } = service.makeReader(undefined, makeBrowserKeys()).address
    const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
    expect((await ask(nodes[nth % 2]?.url ?? '', 'POST', '/v1/subscriptions', body)).status).toBe(201)
  }
  const readers: RawListener[] = []
  for (const nth of [0, 0, 0, 1, 1]) readers.push(await listenRaw(nodes[nth]?.url ?? ''))
  for (let nth = 0; nth < alerts; nth += 1) await publish(nodes[nth % 2]?.url ?? '', english(`Alert ${nth}`))
  for (const reader of readers) await reader.frame(({ seq }) => seq === alerts)
  const all = () => Promise.all(nodes.map(metricsOf))
  const sum = async (name: string) => (await all()).reduce((total, one) => total + (one.get(name) ?? Number.NaN), 0)
  const each = async (name: string) => (await all()).map((one) => one.get(name))
  // Of the nodes: added up.
  await expect.poll(() => sum('tocsin_pushes_total{outcome="accepted"}'), long).toBe(subscriptions * alerts)
  expect(await each('tocsin_subscribers{state="live"}')).toEqual([3, 2])
  expect(await sum('tocsin_deliveries_total')).toBe(readers.length * alerts)
  expect(await sum('tocsin_pushes_total{outcome="failed"}')).toBe(0)
  // Of the database and the log: the same on each.
  await expect.poll(() => each('tocsin_push_waiting'), long).toEqual([0, 0])
  expect(await each('tocsin_log_head')).toEqual([alerts, alerts])
  expect(await each('tocsin_entries_total{kind="alert"}')).toEqual([alerts, alerts])
  expect(await each('tocsin_wake_ups_ok')).toEqual([1, 1])
  expect(await each('tocsin_storage_ok')).toEqual([1, 1])
  const [one, two] = await all()
  for (const share of ['0.5', '0.9', '0.99']) {
    const name = `tocsin_push_seconds{share="${share}"}`
    expect([name, one?.get(name)]).toEqual([name, two?.get(name)])
  }
})

test('two nodes of two processes each: readers of every process get every alert, also when any of the processes is killed', async () => {
  const nodes = await twoNodes({ PROCESSES: '2' })
  for (const { url } of nodes) await whole(url, 2)
  // The kernel gives each connection to one of the processes.
  const join = () => Promise.all(nodes.flatMap(({ url }) => Array.from({ length: 8 }, () => listenRaw(url))))
  let published = 0
  const post = async (count: number) => {
    for (let nth = 0; nth < count; nth += 1) {
      const { seq } = await publish(nodes[nth % 2]?.url ?? '', english(`Post ${published}`))
      published += 1
      expect(seq).toBe(published)
    }
  }
  const heard = new Set<RawListener>()
  const readers = await join()
  await post(4)
  for (const reader of readers) await reader.frame(({ seq }) => seq === published)
  for (const node of nodes)
    for (const pid of childrenOf(node).slice(0, 2)) {
      const before = (await metricsOf(node)).get('tocsin_processes_replaced_total{why="ended"}') ?? 0
      process.kill(pid, 'SIGKILL')
      // Through the other node, so that it does not wait for the process that is gone.
      const other = nodes.find((it) => it !== node) ?? node
      const { seq } = await publish(other.url, english('Killed'))
      published += 1
      expect(seq).toBe(published)
      await whole(node.url, 2)
      expect((await metricsOf(node)).get('tocsin_processes_replaced_total{why="ended"}')).toBe(before + 1)
      await post(2)
    }
  // Those of the killed processes come back with their cursors, at any node.
  for (const [nth, reader] of readers.entries()) {
    if (reader.socket.readyState === reader.socket.OPEN) {
      await reader.frame(({ seq }) => seq === published)
      expect(reader.seqs()).toEqual(Array.from({ length: published }, (_, at) => at + 1))
      continue
    }
    heard.add(reader)
    const back = await listenRaw(nodes[nth % 2]?.url ?? '', `?after=${reader.cursor()}`)
    if (reader.seqs().at(-1) !== published) await back.frame(({ seq }) => seq === published)
    expect([...reader.seqs(), ...back.seqs()]).toEqual(Array.from({ length: published }, (_, at) => at + 1))
  }
  expect(heard.size, 'readers of a killed process').toBeGreaterThan(0)
  for (const node of nodes) {
    expect((await metricsOf(node)).get('tocsin_log_head')).toBe(published)
    expect((await metricsOf(node)).get('tocsin_processes')).toBe(2)
  }
})
