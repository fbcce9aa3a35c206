import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type RunningWorker, startWorker } from '../../support/processes/worker-process.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'

// The heartbeats and pings of a hub in a real workerd, whose clock the test sets on.

const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
let edge: RunningWorker

beforeAll(async () => {
  edge = await startWorker({ folder, main: 'tests/edge/clock-main.ts' })
})
afterAll(async () => {
  await edge.end()
  rmSync(folder, { recursive: true, force: true })
})

type Looked = { readonly made: number; readonly answersPings: boolean }

async function ask(path: string): Promise<Looked> {
  const answer = await fetch(new URL(path, edge.url), { method: 'POST' })
  return (await answer.json()) as Looked
}
const pass = (seconds: number) => ask(`/pass/${seconds}`)
const look = () => ask('/jump/0')

async function reader(query: string) {
  const listener = await listenRaw(edge.url, `?languages=en${query}`)
  await listener.frame(({ type }) => type === 'welcome')
  const heads = () => listener.frames.filter(({ type }) => type === 'head').length
  return { ...listener, heads }
}

/** Longer than the platform leaves an idle object in memory. */
const sleepMs = 11_000
const triesMax = 3

/** Waits until the hub has hibernated and was made again. */
async function hibernate(): Promise<void> {
  const { made } = await look()
  for (let tries = 0; tries < triesMax; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, sleepMs + 3_000 * tries))
    if ((await look()).made > made) return
  }
  expect.fail('the hub does not hibernate')
}

/** After 40 s an object is put to sleep; after 70 s its alarm is late. */
test.each([
  ['after a hibernation', () => pass(40).then(hibernate)],
  ['while the alarm is late', () => ask('/jump/70')],
])('%s, a reader who joins with a heartbeat of its own does not put off that of the others', async (_, before) => {
  const usual = await reader('')
  await before()
  const others = [await reader('&heartbeat=50')]
  await pass(20)
  await vi.waitFor(() => expect(usual.heads()).toBe(1), { timeout: 5_000 })
  for (let seconds = 0; seconds < 120; seconds += 10) {
    others.push(await reader('&heartbeat=50'))
    await pass(10)
  }
  // More would be sent for nothing, to thousands of readers.
  await vi.waitFor(() => expect([3, 4]).toContain(usual.heads()), { timeout: 5_000 })
  for (const one of [usual, ...others]) await hangUp(one)
})

test('the platform answers pings again once the last reader with a budget has left', async () => {
  const stays = await reader('')
  expect((await look()).answersPings).toBe(true)
  const [one, other] = [await reader('&budget=12000'), await reader('&limit=5')]
  expect((await look()).answersPings).toBe(false)
  await hangUp(one)
  await pass(1)
  expect((await look()).answersPings).toBe(false)
  await hangUp(other)
  await vi.waitFor(async () => expect(await look()).toMatchObject({ answersPings: true }), { timeout: 5_000 })
  await hangUp(stays)
})
