import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type CutAt, commitProxy } from '../../support/postgres/commit-proxy.ts'
import { openDatabase } from '../../support/postgres/fresh-database.ts'
import type { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { stallingProxy } from '../../support/postgres/stalling-proxy.ts'
import { createDatabase, startWithTemplate } from '../../support/postgres/template-database.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
import { stateOf } from '../../support/processes/process-states.ts'
import { ask, english, newKey, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

// A server of its own, which these tests stop, freeze and close.
const clean = cleaning()
let server: PostgresServer
let name = ''
let number = 0
/** Publishing at once while the database is away: more than there are connections to it. */
const editorsCount = 20
const answerMsMax = 3_000
/** The time is measured several times: on a busy machine an answer may come late for other reasons. */
const tries = 3

beforeAll(async () => {
  server = await startWithTemplate()
  // A limit of connections does not hold for a superuser.
  await administer('create role node login', 'grant tocsin to node')
})
afterAll(() => server.remove())
beforeEach(async () => {
  name = `t${++number}`
  await createDatabase(server.url('postgres'), name)
})

/** A node on the database, with one alert and a reader who has it. `port`: of a proxy before the database. */
async function published(port = server.port) {
  const node = await startNode(scratchFolder(clean), onDatabase(server.url(name, port).replace('tocsin@', 'node@')))
  clean(() => node.end('SIGKILL'))
  const reader = await listenRaw(node.url)
  await publish(node.url, english('Before'))
  await reader.frame((it) => it.seq === 1)
  const send = (headline: string, key: string) =>
    ask(node.url, 'POST', '/v1/alerts', { level: 'urgent', ...english(headline) }, { 'idempotency-key': key })
  return { node, reader, send }
}

type Published = Awaited<ReturnType<typeof published>>

/** Sends alerts, each with a key, and expects each to be refused as to be repeated; gives how long the slowest took. */
async function refusals({ send }: Published, keys: readonly string[]): Promise<number> {
  const beganMs = performance.now()
  const answers = await Promise.all(keys.map((key) => send(key, key)))
  const tookMs = performance.now() - beganMs
  for (const answer of answers) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]\d*$/)])
    expect(await answer.json()).toMatchObject({ code: expect.stringMatching(/^(cannot-store|cannot-read|busy)$/) })
  }
  return tookMs
}

/** The keys and seqs of the log, as the database has them. */
async function storedKeys(): Promise<readonly { key: string; seq: number }[]> {
  const database = openDatabase(() => {}, server.url(name))
  try {
    const rows = await database.all<{ key: string; seq: number }>('select key, seq from tocsin.entries order by seq')
    return rows.map(({ key, seq }) => ({ key: key.split(' ')[1] ?? '', seq }))
  } finally {
    await database.close()
  }
}

/** The same keys again, twice each: every one has made exactly one alert, which the reader has got once. */
async function onceEach({ node, reader, send }: Published, keys: readonly string[]): Promise<void> {
  await expect
    .poll(() => fetch(`${node.url}/readyz`).then(({ status }) => status), { timeout: 90_000, interval: 50 })
    .toBe(200)
  for (const key of keys) {
    const [first, again] = [await send(key, key), await send(key, key)]
    expect([first.status, again.status]).toEqual([201, 201])
    expect(await first.json()).toEqual(await again.json())
    expect((await send('Another text', key)).status).toBe(409)
  }
  const stored = await storedKeys()
  expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1))
  expect(
    stored
      .slice(1)
      .map(({ key }) => key)
      .sort(),
  ).toEqual([...keys].sort())
  await reader.frame((it) => it.seq === stored.length)
  expect(reader.seqs()).toEqual(stored.map(({ seq }) => seq))
}

const ways: readonly (readonly [string, () => Promise<void>, () => Promise<void>])[] = [
  ['stopped', () => server.stop('fast'), () => server.startAgain()],
  [
    'frozen',
    async () => {
      server.signal('SIGSTOP')
      // A signal is acted on in the kernel's own time.
      await expect.poll(() => stateOf(server.pid)).toBe('T')
    },
    async () => server.signal('SIGCONT'),
  ],
  [
    'closed to all',
    () => administer(`alter database ${name} allow_connections false`, terminate),
    () => administer(`alter database ${name} allow_connections true`),
  ],
  [
    'without a free connection',
    () => administer(`alter database ${name} connection limit 0`, terminate),
    () => administer(`alter database ${name} connection limit -1`),
  ],
]
const terminate = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1'

/** By a connection to another database, as the superuser of it. */
async function administer(...statements: readonly string[]): Promise<void> {
  const database = openDatabase(() => {}, server.url('postgres'))
  for (const statement of statements) await database.once(statement, ...(statement === terminate ? [name] : []))
  await database.close()
}

test.each(ways)(
  'while the database is %s, publishing is refused within three seconds, and each key later makes one alert',
  async (_, away, back) => {
    const rig = await published()
    await away()
    const times: number[] = []
    const keys: string[] = []
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const some = Array.from({ length: editorsCount }, newKey)
      times.push(await refusals(rig, some))
      keys.push(...some)
    }
    expect(Math.min(...times), 'in milliseconds').toBeLessThan(answerMsMax)
    await back()
    await onceEach(rig, keys)
  },
)

test('while the network forwards nothing, the same', async () => {
  const proxy = await stallingProxy(server.port, clean)
  const rig = await published(proxy.port)
  proxy.stall()
  const keys = Array.from({ length: editorsCount }, newKey)
  const times = [await refusals(rig, keys), await refusals(rig, keys), await refusals(rig, keys)]
  expect(Math.min(...times)).toBeLessThan(answerMsMax)
  expect(proxy.lost().bytes).toBeGreaterThan(0)
  proxy.goOn()
  await onceEach(rig, keys)
})

const moments: readonly CutAt[] = ['before the commit', 'after the commit']

test.each(moments)('a connection that is lost %s is not noticed by the editor: one alert, one answer', async (at) => {
  const proxy = await commitProxy(server.port, clean)
  const rig = await published(proxy.port)
  proxy.cutNext(at, false)
  const key = newKey()
  const answer = await rig.send(key, key)
  expect([answer.status, proxy.cuts()]).toEqual([201, 1])
  expect(await answer.json()).toMatchObject({ seq: 2 })
  await onceEach(rig, [key])
})

test.each(moments)(
  'a database that goes away %s: a refusal, nothing half-done, and the same key makes one alert',
  async (at) => {
    const proxy = await commitProxy(server.port, clean)
    const rig = await published(proxy.port)
    proxy.cutNext(at, true)
    const key = newKey()
    await refusals(rig, [key])
    expect(proxy.cuts()).toBe(1)
    // Nobody who was refused knows which of the two it was.
    const isStored = at === 'after the commit'
    expect((await storedKeys()).map((it) => it.key)).toEqual([expect.anything(), ...(isStored ? [key] : [])])
    await sleep(100)
    proxy.goOn()
    await onceEach(rig, [key])
  },
)
