import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { importCrowd } from '../../support/bulk-subscriptions.ts'
import { runs } from '../../support/effort.ts'
import { ask, english, publish } from '../../support/processes/service.ts'
import { makeInterest, until } from '../../support/push/push-deps.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
/** In the long run all of it. */
const people = Math.min(20_000, runs(3_000))
const kills = Math.min(10, runs(2))
const threads = 2
/** What one thread can have leased: batches in the air, times the pushes in each (src/push/send/pusher.ts). */
const leasedMax = 8 * 200
const killable = fileURLToPath(new URL('../../support/processes/thread-kill-main.ts', import.meta.url))

type Kill = { readonly what: 'process' | 'thread'; readonly at: number; readonly reached: number }

/** Random places for the kills, in order, none in the same window as another and none after the end. */
function places(): number[] {
  const step = (people * 0.9) / kills
  return Array.from({ length: kills }, (_, nth) => Math.floor(step * (nth + 0.2 + 0.6 * Math.random())))
}

async function setUp() {
  const service = await startPushService()
  clean(() => service.close())
  const folder = scratchFolder(clean)
  const some = Array.from({ length: 100 }, () => makeBrowserKeys())
  const readers = Array.from({ length: people }, (_, nth) => service.makeReader(undefined, some[nth % some.length]))
  await importCrowd(
    folder,
    readers.map(({ address }) => ({ address, interest: makeInterest() })),
  )
  const start = async () => {
    const running = await startPushing(
      folder,
      service,
      { PUSH_THREADS: String(threads), LOG_LEVEL: 'silent' },
      killable,
    )
    clean(() => running.end('SIGKILL'))
    return running
  }
  return { service, readers, start }
}

test(`killed ${kills} times in the middle of ${people} pushes, process or thread, every reader has the alert; only leased pushes are repeated`, async () => {
  const { service, readers, start } = await setUp()
  const reached = new Set<string>()
  const done: Kill[] = []
  const left = places()
  let running = await start()
  let dying: Promise<unknown> | null = null

  service.script = ({ readerId }) => {
    reached.add(readerId)
    const [next] = left
    if (next !== undefined && reached.size >= next && dying === null) {
      left.shift()
      const what = done.length % 2 === 0 ? 'process' : 'thread'
      done.push({ what, at: service.counterTotals.length, reached: reached.size })
      if (what === 'process') dying = running.end('SIGKILL')
      else running.child.kill('SIGUSR2')
    }
    return { status: 201 }
  }
  const { alert } = await publish(running.url, english('Monitors leave the valley'))
  while (reached.size < people) {
    if (dying === null) await sleep(5)
    else {
      await dying
      dying = null
      running = await start()
    }
  }
  const delivery = async () => await (await ask(running.url, 'GET', `/v1/alerts/${alert.id}/delivery`)).text()
  await until(async () => (await delivery()).includes(`"accepted":${people}`))

  expect(done.map(({ what }) => what)).toEqual(
    Array.from({ length: kills }, (_, nth) => ['process', 'thread'][nth % 2]),
  )
  for (const kill of done) expect(kill.reached, 'it was in the middle').toBeLessThan(people)
  expect(readers.filter(({ id }) => !reached.has(id))).toEqual([])
  expect(new Set(service.counterTotals.map(({ headers }) => headers.topic)).size).toBe(1)
  const repeated = expectRepeatsFromLeases(service.counterTotals, done)
  // Opening each would take longer than all the rest: every repeated one and each fourth of the others.
  const looked = service.counterTotals.filter(({ readerId }, nth) => nth % 4 === 0 || repeated.has(readerId))
  const tags = looked.map(({ payload }) => (payload as { notification?: { tag: string } }).notification?.tag)
  expect(new Set(tags)).toEqual(new Set([alert.id]))
})

/** Each repeat was leased by one when he was killed: sent before, in his window, and again after. Gives those readers. */
function expectRepeatsFromLeases(
  counterTotals: readonly { readonly readerId: string }[],
  done: readonly Kill[],
): ReadonlySet<string> {
  const repeated = new Set<string>()
  const first = new Map<string, number>()
  const repeats = done.map(() => 0)
  for (const [at, { readerId }] of counterTotals.entries()) {
    const before = first.get(readerId)
    first.set(readerId, at)
    if (before === undefined) continue
    repeated.add(readerId)
    const between = done.findLastIndex((kill) => kill.at <= at && before <= kill.at + leasedMax * threads)
    expect(between, 'a repeat without a kill before it').toBeGreaterThanOrEqual(0)
    repeats[between] = (repeats[between] ?? 0) + 1
  }
  for (const [nth, count] of repeats.entries())
    expect(count, `repeats after killing a ${done[nth]?.what}`).toBeLessThanOrEqual(
      done[nth]?.what === 'process' ? leasedMax * threads : leasedMax,
    )
  return repeated
}
