import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { english, publish } from '../../support/processes/service.ts'
import { type RunningWorker, startWorker } from '../../support/processes/worker-process.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'

// Hubs for one reader each, the first of them rung by the log object, the others by a relay; the cache is on.
const hubs = 4
const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
let edge: RunningWorker

beforeAll(async () => {
  edge = await startWorker({
    folder,
    main: 'tests/edge/faults-main.ts',
    settings: {
      HUB_READERS_MAX: '1',
      HUBS_PER_REGION: `${hubs}`,
      HUBS_DIRECT: '1',
      EDGE_CACHE: 'on',
    },
  })
})
afterAll(async () => {
  await edge.end()
  rmSync(folder, { recursive: true, force: true })
})

const metric = async (name: string) => {
  const text = await (await fetch(new URL('/metrics', edge.url))).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
}

test('readers fill hub after hub, relays wake those beyond the first, and a refusal has Retry-After', async () => {
  const readers = []
  for (let count = 0; count < hubs; count += 1) readers.push(await listenRaw(edge.url))
  const refused = await listenRaw(edge.url).catch((error: unknown) => error)
  // Not the listener itself, whose whole socket a failure would print.
  const { status } = refused as { status?: number }
  expect([status, readers.map(({ socket }) => socket.readyState)], edge.said()).toEqual([503, [1, 1, 1, 1]])
  expect(JSON.parse((refused as Error).message)).toMatchObject({ code: 'no-room' })
  expect([await metric('tocsin_hubs'), await metric('tocsin_relays')]).toEqual([1, 1])

  const one = await publish(edge.url, english('To all hubs'))
  const two = await publish(edge.url, english('And again'))
  for (const reader of readers) {
    await reader.frame(({ seq }) => seq === two.seq)
    expect(reader.seqs()).toEqual([one.seq, two.seq])
  }
  await expect.poll(() => metric('tocsin_bells_waiting')).toBe(0)

  const [first] = readers
  if (first) await hangUp(first)
  const again = await listenRaw(edge.url, `?after=${one.cursor}`)
  await again.frame(({ type }) => type === 'live')
  expect(again.seqs(), 'a replay through a relay or not').toEqual([two.seq])
  for (const reader of [...readers.slice(1), again]) await hangUp(reader)
})

test('a relay that dies after its answer and before it wakes its hubs is woken by its alarm: all readers receive the alert soon, and once', async () => {
  const readers = []
  for (let count = 0; count < 3; count += 1) readers.push(await listenRaw(edge.url))
  for (const reader of readers) await reader.frame(({ type }) => type === 'welcome')
  await fetch(new URL('/fault/relay-dies', edge.url), { method: 'POST' })
  const beganMs = Date.now()
  const { seq } = await publish(edge.url, english('The relay dies'))
  for (const reader of readers) await reader.frame((it) => it.seq === seq)
  expect(edge.said().split('FAULT the relay dies')).toHaveLength(2)
  // Not only with the next heartbeat, which comes after a minute.
  expect(Date.now() - beganMs).toBeLessThan(40_000)
  const after = await publish(edge.url, english('And lives'))
  for (const reader of readers) {
    await reader.frame((it) => it.seq === after.seq)
    expect(reader.seqs()).toEqual([seq, after.seq])
    await hangUp(reader)
  }
})

test('the data centre answers what it has just answered, and what needs a key is never kept', async () => {
  const read = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(new URL(path, edge.url), { headers })
    return { kept: answer.headers.get('cf-cache-status') === 'HIT', text: await answer.text() }
  }
  const path = '/v1/newsroom'
  await read(path)
  await expect.poll(async () => (await read(path)).kept).toBe(true)
  expect((await read(path, { authorization: 'Bearer x' })).kept).toBe(false)
  expect((await read('/v1/desk/session')).kept).toBe(false)
  expect((await read('/v1/desk/session')).kept).toBe(false)
})
