import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Child } from '../../../src/node/cluster/child-process.ts'
import { watchChildren } from '../../../src/node/cluster/liveness-watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A process that answers each sign that it is asked for, unless it is silent; what was done to it is kept. */
function process(pid: number, how: { silent?: boolean; ready?: boolean } = {}) {
  const it = {
    pid,
    ready: how.ready ?? true,
    silent: how.silent ?? false,
    missedPulses: 0,
    hung: false,
    kills: 0,
    get state() {
      return it.missedPulses < 3 ? 'ready' : 'silent'
    },
    pulse() {
      it.missedPulses = it.silent ? it.missedPulses + 1 : 0
    },
    kill() {
      it.kills += 1
    },
  }
  return it
}

function watching(children: readonly ReturnType<typeof process>[], hungSeconds: number) {
  const told: [number, number][] = []
  const stop = watchChildren({
    children: () => children as unknown as readonly Child[],
    hungSeconds,
    changed: () => {},
    killing: ({ pid = 0 }, seconds) => told.push([pid, seconds]),
  })
  return { told, stop }
}

test('a process that is silent for so many seconds is told of and killed, once; the others are left alone', () => {
  const children = [process(1), process(2, { silent: true }), process(3)]
  const { told, stop } = watching(children, 10)
  vi.advanceTimersByTime(9_000)
  expect(children.map(({ kills }) => kills)).toEqual([0, 0, 0])
  vi.advanceTimersByTime(1_000)
  expect(children.map(({ kills, hung }) => [kills, hung])).toEqual([
    [0, false],
    [1, true],
    [0, false],
  ])
  vi.advanceTimersByTime(30_000)
  expect([told, children[1]?.kills]).toEqual([[[2, 10]], 1])
  stop()
})

test('of two silent processes one is killed, and the other’s count starts again', () => {
  const children = [process(1, { silent: true }), process(2, { silent: true })]
  const { told, stop } = watching(children, 10)
  vi.advanceTimersByTime(19_000)
  expect(told).toEqual([[1, 10]])
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([
    [1, 10],
    [2, 10],
  ])
  stop()
})

test.each([
  ['is to be killed by nobody', 0, true],
  ['is still beginning', 10, false],
])('a process that %s is left alone for a long time', (_, hungSeconds, ready) => {
  const child = process(1, { silent: true, ready })
  const { stop } = watching([child], hungSeconds)
  vi.advanceTimersByTime(59_000)
  expect(child.kills).toBe(0)
  stop()
})
