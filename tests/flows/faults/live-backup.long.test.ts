import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { databasePath } from '../../../src/node/storage/data-folder.ts'
import { failedStart } from '../../support/processes/failed-start.ts'
import { ask, english, publish, type Running, startNode } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { type PushService, type Reader, startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'

const clean = cleaning()
const program = fileURLToPath(new URL('../../../src/node/backup/main.ts', import.meta.url))

type Task = { readonly act: string; readonly folder?: string; readonly dataDir: string }

/** Runs the program of backups and restores. */
function begin(task: Task) {
  const child = spawn(process.execPath, [program, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'pipe'] })
  clean(() => child.kill('SIGKILL'))
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { child, ended: ended.then(([[code], out, err]) => ({ code, out, err })) }
}

async function ran(task: Task) {
  const { code, out, err } = await begin(task).ended
  if (code !== 0) throw new Error(err)
  return { out, err }
}

async function subscribe(url: string, { address: { endpoint, p256dh, auth } }: Reader): Promise<void> {
  const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
  const answer = await ask(url, 'POST', '/v1/subscriptions', body)
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
}

type Page = {
  readonly cursor: string
  readonly head: string
  readonly entries: readonly { readonly alert: { readonly headline: string } }[]
}

/** The headlines of the whole log, oldest first. */
async function headlinesOf(url: string): Promise<readonly string[]> {
  const page = async (query: string) =>
    (await (await ask(url, 'GET', `/v1/alerts?languages=en${query}`)).json()) as Page
  const { head } = await page('&limit=1')
  const found: string[] = []
  for (let cursor = head.replace(/\d+$/, '0'); cursor !== head; ) {
    const { entries, ...next } = await page(`&limit=500&after=${cursor}`)
    found.push(...entries.map(({ alert }) => alert.headline))
    cursor = next.cursor
  }
  return found
}

async function subscriptionsOf(url: string): Promise<number> {
  const counts = await (await ask(url, 'GET', '/v1/desk/subscriptions/count')).json()
  return (counts as { total: number }).total
}

async function setUp(): Promise<{ service: PushService; running: Running; dataDir: string; folder: string }> {
  const service = await startPushService()
  clean(() => service.close())
  const dataDir = join(scratchFolder(clean), 'data')
  await (await startNode(dataDir)).end('SIGTERM')
  const running = await startPushing(dataDir, service)
  clean(() => running.end('SIGKILL'))
  return { service, running, dataDir, folder: join(scratchFolder(clean), 'backup') }
}

test('a backup taken while alerts and subscriptions come has all that was accepted before; restored, it serves them, sends what was due, and resets who has seen more', async () => {
  const { service, running, dataDir, folder } = await setUp()
  const silent = service.makeReader()
  await subscribe(running.url, silent)
  service.script = ({ readerId }) => (readerId === silent.id ? 'silence' : { status: 201 })
  const { alert } = await publish(running.url, english('Nobody was told'))
  const listener = await listenRaw(running.url, '?after=now')
  await listener.frame(({ type }) => type === 'welcome')
  let isOver = false
  const accepted = { headlines: ['Nobody was told'], subscriptions: 1 }
  // Editors and readers go on from before the backup's start until after its end.
  const publishing = (async () => {
    for (let nth = 1; !isOver; nth += 1) {
      await publish(running.url, english(`Alert ${nth}`))
      accepted.headlines.push(`Alert ${nth}`)
    }
  })()
  const subscribing = (async () => {
    while (!isOver) {
      await subscribe(running.url, service.makeReader())
      accepted.subscriptions += 1
    }
  })()
  await until(() => accepted.headlines.length > 5 && accepted.subscriptions > 5)
  const before = { headlines: [...accepted.headlines], subscriptions: accepted.subscriptions }
  const { out } = await ran({ act: 'backup', folder, dataDir })
  const during = accepted.headlines.length - before.headlines.length
  isOver = true
  await Promise.all([publishing, subscribing])
  await publish(running.url, english('After the backup'))
  await until(() => listener.texts.some((it) => it.includes('After the backup')))
  const cursor = listener.cursor()
  await hangUp(listener)
  await running.end('SIGKILL')
  expect([out, during > 0]).toEqual([expect.stringMatching(/^Backed up/), true])

  const to = join(scratchFolder(clean), 'data')
  await ran({ act: 'restore', folder, dataDir: to })
  service.script = () => ({ status: 201 })
  const restored = await startPushing(to, service)
  clean(() => restored.end('SIGKILL'))
  const headlines = await headlinesOf(restored.url)
  expect(headlines).toEqual(expect.arrayContaining(before.headlines))
  expect(headlines).not.toContain('After the backup')
  expect(await subscriptionsOf(restored.url)).toBeGreaterThanOrEqual(before.subscriptions)
  await until(() => service.got(silent.id).length > 0)
  expect(service.got(silent.id)).toContainEqual(
    expect.objectContaining({ notification: expect.objectContaining({ tag: alert.id }) }),
  )

  const back = await listenRaw(restored.url, `?after=${cursor}`)
  expect(await back.frame(({ type }) => type === 'reset')).toMatchObject({ reason: 'log-changed' })
  await publish(restored.url, english('The next'))
  await until(() => back.texts.some((it) => it.includes('The next')))
  await hangUp(back)
})

/** Waits until a file is there and then kills the program; gives false when it was done sooner. */
async function killedWhen(task: Task, isThere: () => boolean): Promise<boolean> {
  const { child, ended } = begin(task)
  await until(() => child.exitCode !== null || isThere())
  child.kill('SIGKILL')
  await ended
  return child.signalCode === 'SIGKILL'
}

test('a backup and a restore that are killed leave nothing that looks whole, and do the service no harm', async () => {
  const dataDir = join(scratchFolder(clean), 'data')
  await (await startNode(dataDir)).end('SIGTERM')
  const database = new DatabaseSync(databasePath(dataDir))
  database.exec('create table filler (room blob) strict')
  for (let at = 0; at < 60; at += 1) database.exec('insert into filler values (randomblob(2000000))')
  database.close()
  const running = await startNode(dataDir)
  clean(() => running.end('SIGKILL'))
  await publish(running.url, english('Before'))
  const parent = scratchFolder(clean)
  const folder = join(parent, 'backup')
  const unfinished = () => readdirSync(parent).filter((name) => name.startsWith('.backup.unfinished-'))
  const copied = () => statSync(join(parent, unfinished()[0] ?? '', 'tocsin.db'), { throwIfNoEntry: false })?.size ?? 0
  expect(await killedWhen({ act: 'backup', folder, dataDir }, () => unfinished().length > 0 && copied() > 0)).toBe(true)
  expect([existsSync(folder), unfinished().length]).toEqual([false, 1])
  await expect(
    ran({ act: 'restore', folder: join(parent, unfinished()[0] ?? ''), dataDir: join(parent, 'x') }),
  ).rejects.toThrow(/is no whole backup/)
  await publish(running.url, english('Between'))
  const { err } = await ran({ act: 'backup', folder, dataDir })
  expect(err).toMatch(/unfinished-\d+ is what a backup left that was cut off\. Remove it\./)
  expect(running.error()).toBe('')
  await running.end('SIGTERM')

  const to = join(scratchFolder(clean), 'data')
  const task = { act: 'restore', folder, dataDir: to }
  expect(await killedWhen(task, () => existsSync(join(to, 'tocsin.db')))).toBe(true)
  expect(await failedStart({ DATA_DIR: to })).toEqual({
    code: 1,
    lines: [expect.stringMatching(/its restore was cut off/)],
  })
  await ran(task)
  const restored = await startNode(to)
  clean(() => restored.end('SIGKILL'))
  expect([await headlinesOf(restored.url), restored.error()]).toEqual([['Before', 'Between'], ''])
})
