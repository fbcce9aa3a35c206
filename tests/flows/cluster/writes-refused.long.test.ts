import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../support/postgres/fresh-database.ts'
import { nobody, type PostgresServer } from '../../support/postgres/postgres-server.ts'
import { createDatabase, startWithTemplate, templateDatabase } from '../../support/postgres/template-database.ts'
import { startNodesOn } from '../../support/processes/postgres-nodes.ts'
import { ask, english, newKey, publish, type Running } from '../../support/processes/service.ts'
import { mountSmallDisk, noSmallDisk } from '../../support/storage/small-disk.ts'
import { listenRaw, type RawListener } from '../../support/streams/raw-listener.ts'

// The database can be read, and not be written. Nothing but a refused write shows it.

const undos: (() => unknown)[] = []
const clean = (undo: () => unknown) => void undos.push(undo)
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo()
})

const name = 'news'
const long = { timeout: 60_000, interval: 50 }
/** Each look at the database is at most some three seconds after the one before. */
const looks = 16
const lookMs = 250

let server: PostgresServer
let nodes: readonly [Running, ...Running[]]
let readers: readonly RawListener[]

beforeEach(async () => {
  server = await startWithTemplate()
  clean(() => server.remove())
  // The rights of a superuser cannot be taken away.
  await administer('postgres', 'create role node login', 'grant tocsin to node')
})

async function administer(database: string, ...statements: readonly string[]): Promise<void> {
  const admin = openDatabase(() => {}, server.url(database))
  for (const statement of statements) await admin.once(statement)
  await admin.close()
}

/** Two nodes, each with a reader who has the first alert. */
async function serve(): Promise<void> {
  nodes = await startNodesOn(clean, server.url(name).replace('tocsin@', 'node@'), 2)
  readers = await Promise.all(nodes.map(({ url }) => listenRaw(url)))
  await publish(nodes[0].url, english('Before'))
  for (const reader of readers) await reader.frame(({ seq }) => seq === 1)
}

const send = (node: Running, key: string, summary = 'What is known so far.') =>
  ask(
    node.url,
    'POST',
    '/v1/alerts',
    { level: 'urgent', texts: { en: { headline: key, summary } } },
    { 'idempotency-key': key },
  )

/** Publishes long alerts until one is refused, and gives its key. What was published before reaches everybody. */
async function refusedAtLast(summary: string): Promise<string> {
  for (let nth = 1; nth < 3_000; nth += 1) {
    const key = newKey()
    const answer = await send(nodes[0], key, summary)
    if (answer.status !== 201) return key
  }
  throw new Error('nothing was refused')
}

async function readyOf({ url }: Running): Promise<string> {
  const answer = await fetch(`${url}/readyz`)
  return `${answer.status} ${await answer.text()}`
}

const alarmsOf = async ({ url }: Running) =>
  ((await (await ask(url, 'GET', '/v1/desk/alarms')).json()) as { alarms: { kind: string; detail: string }[] }).alarms

type Refusal = {
  readonly summary?: string
  readonly code?: RegExp
  readonly detail?: RegExp
  readonly isReadable?: boolean
}

/**
 * As long as it lasts: refusals that say why, on each node; and readers who are served. `code`, `detail`: of the refusals,
 * where they are not those of the reason.
 */
async function refuses(
  key: string,
  why: RegExp,
  { summary, code = /^cannot-store$/, detail: refusal = why, isReadable = true }: Refusal = {},
): Promise<void> {
  for (const node of nodes) {
    const answer = await send(node, key, summary)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]\d*$/)])
    expect(await answer.json()).toMatchObject({
      code: expect.stringMatching(code),
      detail: expect.stringMatching(refusal),
    })
    await expect.poll(() => readyOf(node), long).toMatch(why)
  }
  // It does not come and go: a balancer sees the same as long as it lasts, and so does an operator, unless the machine is so busy
  // that the database was not asked in time for the cause.
  const seen: string[] = []
  for (let look = 0; look < looks; look += 1) {
    for (const node of nodes) seen.push(await readyOf(node))
    await sleep(lookMs)
  }
  expect(seen.filter((it) => !it.startsWith('503 '))).toEqual([])
  expect(seen.filter((it) => !why.test(it) && !it.includes('cannot be reached'))).toEqual([])
  for (const node of nodes) await expect.poll(() => readyOf(node), long).toMatch(why)
  for (const node of nodes) {
    if (!isReadable) continue
    const storage = (await alarmsOf(node)).filter(({ kind }) => kind === 'storage')
    expect(storage.map(({ detail }) => detail)).toContainEqual(expect.stringMatching(why))
    const read = await fetch(`${node.url}/v1/alerts?limit=1`)
    expect([read.status, ((await read.json()) as { entries: object[] }).entries.length]).toEqual([200, 1])
  }
  for (const { socket } of readers) expect(socket.readyState).toBe(socket.OPEN)
}

/** It goes on by itself, and the key makes one alert, which the readers who were there all the time get. */
async function goesOn(key: string, summary?: string): Promise<void> {
  for (const node of nodes) await expect.poll(() => readyOf(node), long).toMatch(/^200 /)
  const answers = [await send(nodes[0], key, summary), await send(nodes[1] ?? nodes[0], key, summary)]
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  const [first, again] = (await Promise.all(answers.map((answer) => answer.json()))) as { seq: number }[]
  expect(again).toEqual(first)
  const seq = first?.seq ?? 0
  for (const reader of readers) {
    await reader.frame((frame) => frame.seq === seq)
    expect(reader.seqs()).toEqual(Array.from({ length: seq }, (_, nth) => nth + 1))
  }
  // Each node also shows the alarms of the other, as of its last report.
  const storageAlarms = async () =>
    (await Promise.all(nodes.map(alarmsOf))).flat().filter(({ kind }) => kind === 'storage')
  await expect.poll(storageAlarms, long).toEqual([])
}

const endSessions = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and usename = 'node'`

test('a demoted primary that still answers reads refuses every alert, says so all the time, and goes on when it is back', async () => {
  await createDatabase(server.url('postgres'), name)
  await serve()
  await administer('postgres', `alter database ${name} set default_transaction_read_only = on`, endSessions)
  const key = newKey()
  await refuses(key, /database can only be read|can only be read: default_transaction_read_only is on/)
  await administer('postgres', `alter database ${name} reset default_transaction_read_only`)
  await goesOn(key)
})

test('a right to write that is taken away is told all the time, and given back it goes on', async () => {
  await createDatabase(server.url('postgres'), name)
  await serve()
  await administer(name, 'revoke tocsin from node', 'grant usage on schema tocsin to node')
  await administer(name, 'grant select on all tables in schema tocsin to node')
  const key = newKey()
  await refuses(key, /the right/)
  await administer(name, 'grant tocsin to node')
  await goesOn(key)
})

test('a primary that is started again as a standby, and then as the primary: readers stay, and the key makes one alert', async () => {
  await createDatabase(server.url('postgres'), name)
  await serve()
  const signal = join(server.folder, 'data', 'standby.signal')
  await server.stop('fast')
  writeFileSync(signal, '')
  await server.startAgain()
  const key = newKey()
  for (const node of nodes) {
    await expect.poll(() => readyOf(node), long).toMatch(/^503 .*standby, which can only be read/s)
    const answer = await send(node, key)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]\d*$/)])
  }
  await server.stop('fast')
  rmSync(signal)
  await server.startAgain()
  await goesOn(key)
})

test('a primary whose synchronous standby is away is named as the cause, and goes on when it need not wait any more', async () => {
  await createDatabase(server.url('postgres'), name)
  await serve()
  await administer('postgres', "alter system set synchronous_standby_names = 'nobody'", 'select pg_reload_conf()')
  // Sessions that stand read their settings anew a moment later.
  const key = await refusedAtLast('What is known so far.')
  const told = { code: /^(cannot-store|database-busy)$/, detail: /cannot be reached|writing to the database|standby/ }
  await refuses(key, /waits at every commit for a synchronous standby/, told)
  // A node that is started meanwhile says the same.
  const url = server.url(name).replace('tocsin@', 'node@')
  await expect(startNodesOn(clean, url, 1)).rejects.toThrow(/waits at every commit for a synchronous standby/)
  await administer('postgres', 'alter system reset synchronous_standby_names', 'select pg_reload_conf()')
  await goesOn(key)
})

test('a transaction that holds the head of the log for long is named as the cause, and goes on at its end', async () => {
  await createDatabase(server.url('postgres'), name)
  await serve()
  const holder = new pg.Client({ connectionString: server.url(name) })
  await holder.connect()
  clean(() => holder.end())
  await holder.query('begin; select from tocsin.log_head for update')
  const key = newKey()
  await refuses(key, /held by another transaction/, { code: /^database-busy$/, detail: /writing to the database/ })
  await holder.query('rollback')
  await goesOn(key)
})

test("a table that another session has locked whole is told as that, and not as the network's fault", async () => {
  await createDatabase(server.url('postgres'), name)
  await serve()
  const holder = new pg.Client({ connectionString: server.url(name) })
  await holder.connect()
  clean(() => holder.end())
  await holder.query('begin; lock table tocsin.log_head in access exclusive mode')
  for (const node of nodes) await expect.poll(() => readyOf(node), long).toMatch(/^503 .*held by another transaction/)
  await holder.query('rollback')
  await goesOn(newKey())
})

test('a trigger of somebody else that refuses entries is 503, and an alarm until it is gone', async () => {
  await createDatabase(server.url('postgres'), name)
  await serve()
  const body = `begin raise exception 'not today'; end`
  await administer(
    name,
    `create function public.refuse() returns trigger language plpgsql as $$ ${body} $$`,
    'create trigger refuse before insert on tocsin.entries for each row execute function public.refuse()',
  )
  const key = newKey()
  await refuses(key, /fails/)
  await administer(name, 'drop trigger refuse on tocsin.entries')
  await goesOn(key)
})

test.each([
  [
    'the role may not log in',
    /does not let the service in/,
    /let it in/,
    'alter role node nologin',
    'alter role node login',
  ],
  [
    'the tables are away',
    /or its tables do not/,
    /taken away/,
    'alter schema tocsin rename to away',
    'alter schema away rename to tocsin',
  ],
])('%s: that is what is told, without a 500, and it goes on by itself', async (_, why, detail, act, undo) => {
  await createDatabase(server.url('postgres'), name)
  await serve()
  await administer(name, act, endSessions)
  const key = newKey()
  await refuses(key, why, { detail, code: /^cannot-/, isReadable: false })
  await administer(name, undo)
  await goesOn(key)
})

test.skipIf(noSmallDisk !== null)(
  'a full disk of the database refuses alerts, says so all the time, and goes on when there is room',
  async () => {
    const disk = mountSmallDisk(48, nobody, clean)
    await administer('postgres', `create tablespace small location '${disk.folder}'`)
    await administer(
      'postgres',
      `create database ${name} template ${templateDatabase} tablespace small strategy wal_log`,
    )
    await serve()
    disk.fill()
    const summary = 'What is known so far. '.repeat(40).trim()
    const key = await refusedAtLast(summary)
    await refuses(key, /disk is full|full disk/, { summary })
    disk.makeRoom()
    await goesOn(key, summary)
  },
)
