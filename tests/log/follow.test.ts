import fc from 'fast-check'
import { expect, test } from 'vitest'
import { follow } from '../../src/log/follow.ts'
import type { Entry } from '../../src/log/log.ts'
import { runs } from '../support/effort.ts'
import { entryOf } from '../support/samples.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

class List {
  readonly entries: Entry[] = []
  readonly wakes = new Set<() => void>()
  failing = 0
  wakeUpsBroken = false

  onAppend = (wake: () => void) => {
    this.wakes.add(wake)
    return () => void this.wakes.delete(wake)
  }

  after = async (cursor: number, limit: number): Promise<readonly Entry[]> => {
    const page = this.entries.slice(cursor, cursor + limit)
    await turn()
    if (this.failing > 0) {
      this.failing -= 1
      throw new Error('disk')
    }
    return page
  }

  append(): void {
    this.entries.push(entryOf(this.entries.length + 1))
    if (!this.wakeUpsBroken) for (const wake of this.wakes) wake()
  }
}

/** Sleeps until it is woken by the test; the follower's polls and retries wait for it. */
function dozer() {
  const sleepers: (() => void)[] = []
  return {
    sleep: (_: number, signal: { readonly aborted: boolean; addEventListener: AbortSignal['addEventListener'] }) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve())
        sleepers.push(resolve)
      }),
    wake: () => {
      for (const sleeper of sleepers.splice(0)) sleeper()
    },
  }
}

test('entries are delivered once and in order whatever rings, fails or stays silent', async () => {
  const step = fc.constantFrom('append', 'append', 'ring', 'fail', 'wake', 'break', 'mend', 'turn', 'turn')
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const list = new List()
      const { sleep, wake } = dozer()
      const stop = new AbortController()
      const seen: number[] = []
      const running = follow(
        { log: list, deliver: (e) => void seen.push(e.seq), sleep, random: Math.random, report: () => {} },
        0,
        stop.signal,
      )
      for (const what of steps) {
        if (what === 'append') list.append()
        else if (what === 'ring') for (const wake of list.wakes) wake()
        else if (what === 'fail') list.failing += 1
        else if (what === 'wake') wake()
        else if (what === 'break') list.wakeUpsBroken = true
        else if (what === 'mend') list.wakeUpsBroken = false
        else await turn()
      }
      for (let round = 0; round < 200 && seen.length < list.entries.length; round += 1) {
        wake()
        await turn()
      }
      expect(seen).toEqual(list.entries.map(({ seq }) => seq))
      stop.abort()
      expect(await isEnded(running), 'it ends with its signal').toBe(true)
      expect(list.wakes.size).toBe(0)
    }),
    { numRuns: runs(200) },
  )
})

/** Whether it ends within some turns, in which nothing but the event loop is waited for. */
async function isEnded(running: Promise<void>): Promise<boolean> {
  let ended = false
  void running.then(() => {
    ended = true
  })
  for (let round = 0; round < 200 && !ended; round += 1) await turn()
  return ended
}

test.each([
  ['a bell that rings during a read', (list: List) => list.append()],
  [
    'the poll, when no bell rings,',
    (list: List, wake: () => void) => {
      list.wakeUpsBroken = true
      list.append()
      wake()
    },
  ],
])('%s is followed by a read', async (_, happen) => {
  const list = new List()
  const { sleep, wake } = dozer()
  const stop = new AbortController()
  const seen: number[] = []
  const deliver = ({ seq }: Entry) => void seen.push(seq)
  const running = follow({ log: list, deliver, sleep, random: Math.random, report: () => {} }, 0, stop.signal)
  // In the first round its first read is still under way, in the second it waits.
  for (let round = 1; round <= 2; round += 1) {
    happen(list, wake)
    for (let rounds = 0; rounds < 50; rounds += 1) {
      await turn()
      if (list.wakeUpsBroken) wake()
    }
    expect(seen).toEqual(list.entries.map(({ seq }) => seq))
  }
  stop.abort()
  expect(await isEnded(running)).toBe(true)
})

test('what deliver throws ends the following, loudly', async () => {
  const list = new List()
  list.append()
  const deliver = () => {
    throw new Error('not the next entry')
  }
  const { sleep } = dozer()
  await expect(
    follow({ log: list, deliver, sleep, random: Math.random, report: () => {} }, 0, new AbortController().signal),
  ).rejects.toThrow('not the next entry')
})

test.each([
  [0, 3_750],
  [0.5, 5_000],
  [1, 6_250],
])('between two polls it waits five seconds, a quarter less or more by chance (%d: %i ms)', async (random, ms) => {
  const waits: number[] = []
  const stop = new AbortController()
  const sleep = async (wait: number) => {
    waits.push(wait)
    await turn()
    if (waits.length === 3) stop.abort()
  }
  const deps = { log: new List(), deliver: () => {}, sleep, random: () => random, report: () => {} }
  await follow(deps, 0, stop.signal)
  expect(waits).toEqual([ms, ms, ms])
})
