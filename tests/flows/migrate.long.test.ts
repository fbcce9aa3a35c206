import { spawn } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { listen } from '../../src/client/listen.ts'
import { makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { freshDatabase } from '../support/postgres/fresh-database.ts'
import { startFront } from '../support/processes/balancing-front.ts'
import { onDatabase } from '../support/processes/postgres-nodes.ts'
import { ask, english, newKey, publish, startNode } from '../support/processes/service.ts'
import { startPushService } from '../support/push/push-service.ts'
import { startPushing } from '../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()
const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Runs `tocsin migrate` as an operator does. */
async function migrate(...args: readonly string[]) {
  const child = spawn(process.execPath, [program, 'migrate', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { out, err, code }
}

test('readers over a move to PostgreSQL have every alert once and in order, and pushes reach them before and after', async () => {
  const folder = scratchFolder(clean)
  const oldDir = join(folder, 'old')
  mkdirSync(oldDir)
  const pushService = await startPushService()
  clean(() => pushService.close())
  const reached: string[] = []
  pushService.script = ({ readerId }) => {
    reached.push(readerId)
    return { status: 201 }
  }
  const old = await startPushing(oldDir, pushService, { PUSH_THREADS: '1' })
  clean(() => old.end('SIGKILL'))
  const front = await startFront([old.url])
  clean(() => front.close())

  const people = Array.from({ length: 20 }, () => pushService.makeReader(undefined, makeBrowserKeys()))
  for (const {
    address: { endpoint, p256dh, auth },
  } of people) {
    const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
    expect((await ask(old.url, 'POST', '/v1/subscriptions', body)).status).toBe(201)
  }
  const heard = Array.from({ length: 12 }, (): number[] => [])
  const resets: unknown[] = []
  for (const [nth, seqs] of heard.entries()) {
    const stream = listen({
      url: front.url,
      languages: ['en'],
      transport: nth % 2 === 0 ? 'socket' : 'events',
      onEntry: ({ seq }) => void seqs.push(seq),
      onReset: (reset) => void resets.push(reset),
    })
    clean(() => stream.close())
  }
  const everyone = (seq: number) =>
    expect.poll(() => heard.map((seqs) => seqs.at(-1)), { timeout: 60_000 }).toEqual(heard.map(() => seq))
  // The first one may come before all have joined: it is not counted.
  await expect
    .poll(
      async () => {
        await publish(old.url, { ...english('Who is there?'), level: 'routine' })
        return heard.every((seqs) => seqs.length > 0)
      },
      { interval: 500, timeout: 60_000 },
    )
    .toBe(true)
  const { seq: before, alert } = await publish(old.url, english('Before the move'))
  await everyone(before)
  await expect.poll(() => new Set(reached).size, { timeout: 60_000 }).toBe(people.length)
  await expect
    .poll(async () => (await ask(old.url, 'GET', `/v1/alerts/${alert.id}/delivery`)).text())
    .toContain('"waiting":0')

  // An editor posts all the time, and repeats with the same key what was refused.
  const refusals: string[] = []
  const posting = post(refusals)
  const database = await freshDatabase(clean)
  const to = ['--from', `sqlite:${oldDir}`, '--to', database] as const
  const planned = await migrate('--dry-run', ...to)
  expect([planned.code, planned.err, planned.out]).toEqual([
    0,
    '',
    expect.stringMatching(/^Would move .* 20 subscriptions,/s),
  ])
  const moved = await migrate(...to)
  expect([moved.code, moved.out]).toEqual([
    0,
    expect.stringMatching(/copy \S+push-secret, \S+vapid\.json and \S+signing-key\.json into the DATA_DIR of each/),
  ])
  // The old service still serves; it only stores nothing.
  const refused = await ask(
    old.url,
    'POST',
    '/v1/alerts',
    { level: 'urgent', ...english('Nowhere') },
    { 'idempotency-key': newKey() },
  )
  // It has moved for good, so that nobody is told to send it here again.
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, null])
  expect((await fetch(`${old.url}/readyz`)).status).toBe(200)
  expect((await fetch(`${old.url}/feeds/en.atom`)).status).toBe(200)
  expect(await (await ask(old.url, 'GET', '/v1/desk/alarms')).text()).toContain('moved to PostgreSQL for good')

  const nodes = []
  for (const name of ['one', 'two']) {
    const dataDir = join(folder, name)
    mkdirSync(dataDir)
    for (const key of ['push-secret', 'vapid.json', 'signing-key.json']) cpSync(join(oldDir, key), join(dataDir, key))
    const node = await startPushing(dataDir, pushService, { ...onDatabase(database), PUSH_THREADS: '1' })
    clean(() => node.end('SIGKILL'))
    nodes.push(node)
  }
  front.switchTo(nodes.map(({ url }) => url))
  await old.end('SIGTERM')
  expect(old.error()).not.toContain('can be written again')
  posting.switchTo(nodes.map(({ url }) => url))
  reached.length = 0
  await expect.poll(() => posting.posted(), { timeout: 60_000 }).toBe(true)
  await posting.stop()
  const { seq: after } = await publish(nodes[0]?.url ?? '', english('After the move'))
  await everyone(after)
  await expect.poll(() => new Set(reached).size, { timeout: 60_000 }).toBe(people.length)
  expect(refusals).toContain('503 cannot-store')
  expect(resets).toEqual([])
  for (const seqs of heard) {
    const first = seqs[0] ?? 0
    expect(seqs).toEqual(Array.from({ length: after - first + 1 }, (_, nth) => first + nth))
  }
  // What the last number says is that nothing was published twice.
  expect(after).toBe(before + posting.accepted() + 1)

  // The old folder has an end.
  await expect(startNode(oldDir)).rejects.toThrow(
    /This newsroom moved to postgres:\/\/127\.0\.0\.1:\d+\/\w+ at .*start the service with DATABASE_URL/s,
  )
  expect(await migrate(...to)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^This newsroom moved to .* already\. Nothing was moved\.\n$/),
  })

  /** Posts one alert after the other, each until it is accepted. */
  function post(said: string[]) {
    let urls = [old.url]
    let isOver = false
    let count = 0
    let isPosted = false
    const run = async () => {
      while (!isOver) {
        const key = newKey()
        for (let tries = 0; ; tries += 1) {
          const url = urls[tries % urls.length] ?? ''
          const answer = await ask(
            url,
            'POST',
            '/v1/alerts',
            { level: 'routine', ...english(`Post ${count}`) },
            { 'idempotency-key': key },
          ).catch(() => null)
          if (answer?.status === 201) break
          if (answer !== null) said.push(`${answer.status} ${((await answer.json()) as { code: string }).code}`)
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
        count += 1
        isPosted = urls.length > 1
      }
    }
    const running = run()
    return {
      switchTo(others: readonly string[]) {
        urls = [...others]
      },
      posted: () => isPosted,
      accepted: () => count,
      async stop() {
        isOver = true
        await running
      },
    }
  }
})
