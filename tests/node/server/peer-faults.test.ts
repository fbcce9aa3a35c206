import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PeerFaults } from '../../../src/node/server/peer-faults.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what peers did is said once a minute with its numbers, minute after minute, and not in a quiet one', () => {
  const said: string[] = []
  const faults = new PeerFaults((line) => said.push(line))
  for (let minute = 1; minute <= 3; minute += 1) {
    for (let nth = 0; nth < minute; nth += 1) faults.count('broken-body')
    faults.count('half-open')
    expect(said).toHaveLength(minute - 1)
    vi.advanceTimersByTime(60_000)
    expect(said).toHaveLength(minute)
    expect(said.at(-1)).toContain(`broken-body ${minute}, half-open 1.`)
    vi.advanceTimersByTime(60_000)
    expect(said).toHaveLength(minute)
  }
  expect([...faults.counts]).toEqual([
    ['broken-body', 6],
    ['half-open', 3],
  ])
})

test('what is logged at the end is not logged again, and what comes after it is', () => {
  const said: string[] = []
  const faults = new PeerFaults((line) => said.push(line))
  faults.logCounts()
  expect(said).toEqual([])
  faults.count('displaced')
  faults.logCounts()
  expect(said).toHaveLength(1)
  vi.advanceTimersByTime(120_000)
  expect(said).toHaveLength(1)
  faults.count('late-request')
  vi.advanceTimersByTime(60_000)
  expect(said.at(-1)).toContain('late-request 1.')
})
