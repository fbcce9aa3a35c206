import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ExportLoop, type Ran } from '../../../src/node/export/export-loop.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A loop whose runs end when the test says so. */
function opened() {
  const world = { state: 'a' as string | Error, begun: 0, running: 0, most: 0, told: [] as string[] }
  const ends: ((ran: Ran) => void)[] = []
  const loop = new ExportLoop({
    async state() {
      if (world.state instanceof Error) throw world.state
      return world.state
    },
    async run() {
      world.begun += 1
      world.running += 1
      world.most = Math.max(world.most, world.running)
      const ran = await new Promise<Ran>((resolve) => ends.push(resolve))
      world.running -= 1
      return ran
    },
    told: (ran) => world.told.push(ran.kind),
    wordsOf: String,
  })
  const end = async (kind: Ran['kind']) => {
    ends.shift()?.(kind === 'failed' ? { kind, why: 'it did not work' } : { kind })
    await vi.advanceTimersByTimeAsync(0)
  }
  return { world, loop, end, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) }
}

test('one run at a time; what changes during a run is exported by the next, also when nobody woke it', async () => {
  const { world, loop, end, pass } = opened()
  loop.wake()
  await pass(0)
  world.state = 'b'
  for (let nth = 0; nth < 5; nth += 1) loop.wake()
  await pass(60_000)
  expect([world.begun, world.most]).toEqual([1, 1])
  await end('done')
  await pass(1_000)
  // The first one took a minute, so others have the disk for a while.
  expect(world.begun).toBe(1)
  await pass(5_000)
  expect(world.begun).toBe(2)
  await end('done')
  world.state = 'c'
  await pass(10_000)
  expect([world.begun, world.most]).toEqual([3, 1])
})

test('while nothing has changed nothing is made, however often it is woken', async () => {
  const { world, loop, end, pass } = opened()
  loop.wake()
  await pass(0)
  await end('done')
  for (let nth = 0; nth < 20; nth += 1) {
    loop.wake()
    await pass(1_000)
  }
  expect([world.begun, world.told]).toEqual([1, ['done']])
})

test('a run that failed is tried again, later and later but never given up; one that waits is tried every second', async () => {
  const { world, loop, end, pass } = opened()
  loop.wake()
  await pass(0)
  const waits: number[] = []
  for (let nth = 0; nth < 9; nth += 1) {
    await end('failed')
    const [before, from] = [world.begun, performance.now()]
    while (world.begun === before) await pass(500)
    waits.push(Math.round((performance.now() - from) / 1_000))
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  await end('waits')
  await pass(1_000)
  expect(world.begun).toBe(11)
  await end('done')
  expect(world.told.at(-1)).toBe('done')
})

test('where the log cannot be read, that is a failure, and it goes on by itself', async () => {
  const { world, loop, pass } = opened()
  world.state = new Error('no database')
  loop.wake()
  await pass(0)
  expect([world.begun, world.told]).toEqual([0, ['failed']])
  world.state = 'a'
  await pass(2_000)
  expect(world.begun).toBe(1)
})

test('after a stop nothing begins, and it resolves when the run that was under way has ended', async () => {
  const { world, loop, end, pass } = opened()
  loop.wake()
  await pass(0)
  let isStopped = false
  void loop.stop().then(() => {
    isStopped = true
  })
  await pass(10_000)
  expect(isStopped).toBe(false)
  world.state = 'b'
  await end('done')
  loop.wake()
  await pass(100_000)
  expect([isStopped, world.begun]).toEqual([true, 1])
})
