import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WakeUpNotices } from '../../../../src/node/stores/postgres/wake-up-notices.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function noticing() {
  const lines: string[] = []
  const notices = new WakeUpNotices((line) => void lines.push(line))
  return { notices, told: () => lines.splice(0) }
}

const lost = 'Wake-ups from the database do not arrive (cut). The log is read every few seconds until they do.'
const there = 'Wake-ups from the database arrive again.'

test('a loss and its end are told at once, also a second time after a quiet minute', () => {
  const { notices, told } = noticing()
  for (let time = 0; time < 2; time += 1) {
    notices.note('cut')
    expect(told()).toEqual([lost])
    vi.advanceTimersByTime(10 * 60_000)
    notices.note(null)
    expect(told()).toEqual([there])
    vi.advanceTimersByTime(10 * 60_000)
    expect(told()).toEqual([])
  }
})

test('a connection that is ended every second gives one line a minute, and one about how it is in the end', () => {
  const { notices, told } = noticing()
  for (let second = 0; second < 600; second += 1) {
    notices.note('cut')
    vi.advanceTimersByTime(100)
    notices.note(null)
    vi.advanceTimersByTime(900)
  }
  const lines = told()
  expect(lines.slice(0, 2)).toEqual([lost, there])
  expect(lines).toHaveLength(2 + 10)
  expect(lines[2]).toBe(
    'Wake-ups from the database stop again and again: their connection was ended (59× in a minute). They arrive again.',
  )
  notices.note('cut')
  vi.advanceTimersByTime(60_000)
  expect(told()).toEqual([expect.stringContaining('They do not arrive now (cut).')])
  notices.note(null)
  expect(told()).toEqual([there])
})
