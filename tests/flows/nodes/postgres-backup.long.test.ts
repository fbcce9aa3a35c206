import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf } from '../../docs/documents.ts'
import { isInstalled, needsInstalled } from '../../interop/installed.ts'
import { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { failedStart } from '../../support/processes/failed-start.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
import { ask, english, publish, type Running } from '../../support/processes/service.ts'
import { type PushService, type Reader, startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

// The commands of docs/operating.md under “Backup and restore”, “PostgreSQL”, as they are written there, with the programs
// and the server of Debian: pg_dump takes no server that is newer than itself.

const bin = '/usr/lib/postgresql/15/bin'
const clean = cleaning(afterAll)
const [dump, restore] = ['pg_dump', 'pg_restore'].map((name) =>
  blocksOf('docs/operating.md').find(({ text: it }) => new RegExp(`^${name}`, 'm').test(it)),
)
let server: PostgresServer
let pushService: PushService
let folder: string

beforeAll(async () => {
  if (!isInstalled('pg_dump')) return
  server = await PostgresServer.start({ bin })
  clean(() => server.remove())
  pushService = await startPushService()
  clean(() => pushService.close())
  folder = scratchFolder(clean)
  for (const name of ['backup', 'one', 'one/data', 'two', 'two/data']) mkdirSync(join(folder, name))
})

/** Runs commands of the document in a folder; what stands for the reader's own server and folders is replaced. */
async function run(commands: string, cwd: string, databaseUrl: string): Promise<void> {
  const here = commands
    .replaceAll('/backup', join(folder, 'backup'))
    .replaceAll('tocsin:password@db.example', `tocsin@127.0.0.1:${server.port}`)
    .replaceAll('db.example', `127.0.0.1 -p ${server.port} -U tocsin`)
    .replace('tocsin-2026-11-27.dump', dumpName())
  const child = spawn('sh', ['-ec', here], {
    cwd: join(folder, cwd),
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
  })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  expect([code, (await said).join('')]).toEqual([0, ''])
}

const dumpName = () =>
  readdirSync(join(folder, 'backup')).find((name) => name.endsWith('.dump')) ?? 'tocsin-2026-11-27.dump'

async function subscribe(url: string, { address: { endpoint, p256dh, auth } }: Reader): Promise<void> {
  const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
  expect((await ask(url, 'POST', '/v1/subscriptions', body)).status).toBe(201)
}

type Page = { readonly cursor: string; readonly reset?: object; readonly entries: readonly { readonly seq: number }[] }
const pageAfter = async (url: string, after: string) =>
  (await (await fetch(`${url}/v1/alerts?languages=en&limit=100&after=${after}`)).json()) as Page

/** Publishes one alert after another until told to stop; gives the seqs and the newest cursor. */
function publishing(url: string) {
  const seqs: number[] = []
  const state = { cursor: '', isAtWork: true }
  const work = (async () => {
    while (state.isAtWork) {
      const { seq, cursor } = await publish(url, english(`Alert ${seqs.length}`))
      seqs.push(seq)
      state.cursor = cursor
    }
  })()
  const end = async () => {
    state.isAtWork = false
    await work
    return state.cursor
  }
  return { seqs, end }
}

test('the commands of the document back up a database while alerts are published, and restore it into a new one', async ({
  skip,
}) => {
  for (const name of ['createdb', 'pg_dump', 'pg_restore'] as const) needsInstalled(name, skip)
  await run('createdb -h db.example -O tocsin -E UTF8 -T template0 original', 'one', '')
  const [original, restored] = [server.url('original'), server.url('restored')]
  const first = await startPushing(join(folder, 'one/data'), pushService, onDatabase(original))
  clean(() => first.end('SIGKILL'))
  const reader = pushService.makeReader()
  await subscribe(first.url, reader)
  const publisher = publishing(first.url)
  await expect.poll(() => publisher.seqs.length).toBeGreaterThan(10)
  const before = publisher.seqs.length
  await run(dump?.text ?? '', 'one', original)
  const after = publisher.seqs.length
  expect(after, 'alerts were published meanwhile').toBeGreaterThan(before)
  await expect.poll(() => publisher.seqs.length).toBeGreaterThan(after)
  const cursor = await publisher.end()
  const [epoch, last] = cursor.split('.')
  await first.end('SIGTERM')

  await run(restore?.text ?? '', 'two', '')
  const second = await startPushing(join(folder, 'two/data'), pushService, onDatabase(restored))
  clean(() => second.end('SIGKILL'))
  expect(second.error()).toMatch(/a backup was restored.*goes on under a new identity/)
  await expectsOldCursors(second, cursor, `${epoch}.1`)
  const now = await pageAfter(second.url, 'now')
  const [newEpoch, head] = now.cursor.split('.')
  expect(newEpoch).not.toBe(epoch)
  // What was accepted before the start of the dump is there, and nothing of what came after its end.
  expect(Number(head)).toBeGreaterThanOrEqual(before)
  expect(Number(head)).toBeLessThan(Number(last))
  const { entries } = await pageAfter(second.url, `${newEpoch}.0`)
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: Math.min(100, Number(head)) }, (_, at) => at + 1))
  const { alert } = await publish(second.url, english('After the restore'))
  const told = () => pushService.counterTotals.filter(({ payload }) => JSON.stringify(payload)?.includes(alert.id))
  await expect.poll(() => told().map(({ readerId }) => readerId)).toEqual([reader.id])
  await second.end('SIGTERM')
})

/** Whoever comes with a cursor of before is told at once that the log is another one, on each way. */
async function expectsOldCursors({ url }: Running, ...cursors: readonly string[]): Promise<void> {
  for (const cursor of cursors) {
    expect(await pageAfter(url, cursor)).toMatchObject({ reset: { reason: 'log-changed' } })
    const socket = await listenRaw(url, `?languages=en&after=${cursor}`)
    expect(await socket.frame(({ type }) => type === 'reset')).toMatchObject({ reason: 'log-changed' })
    socket.socket.terminate()
    const events = await fetch(`${url}/v1/events?languages=en`, { headers: { 'last-event-id': cursor } })
    let heard = ''
    for await (const part of events.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      heard += part
      if (heard.includes('log-changed')) break
    }
    expect(heard).toContain('event: reset')
  }
}

test('a node on the restored database starts neither without the keys nor with another push secret', async ({
  skip,
}) => {
  needsInstalled('pg_dump', skip)
  const restored = server.url('restored')
  expect(await failedStart({ DATA_DIR: scratchFolder(clean), ...onDatabase(restored) })).toEqual({
    code: 1,
    lines: [expect.stringMatching(/^This node has no push-secret and no vapid\.json, .*Copy them from the DATA_DIR/)],
  })
  const PUSH_SECRET = randomBytes(32).toString('base64')
  const otherSecret = { DATA_DIR: join(folder, 'two/data'), ...onDatabase(restored), PUSH_SECRET }
  // The signing key follows from it, which is noticed first.
  expect(await failedStart(otherSecret)).toEqual({
    code: 1,
    lines: [
      expect.stringMatching(/^The log was signed last with the key .* push secret \(PUSH_SECRET, or push-secret/),
    ],
  })
})
