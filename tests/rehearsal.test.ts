import { expect, test, vi } from 'vitest'
import { Hub } from '../src/hub.ts'
import { Rehearsal } from '../src/rehearsal.ts'
import { newsroom } from './support/samples.ts'

test('a rehearsal tells each entry to all of its readers, and to them alone', () => {
  const rehearsal = new Rehearsal(newsroom, Date.now)
  const delivered = vi.spyOn(Hub.prototype, 'deliver')
  rehearsal.again()
  rehearsal.again()
  const hub = delivered.mock.contexts[0] as Hub
  expect(delivered).toHaveBeenCalledTimes(2)
  expect(delivered.mock.contexts[1]).toBe(hub)
  expect(hub.size).toBeGreaterThan(0)
  expect(hub.states()).toEqual({ live: hub.size, behind: 0, full: 0 })
  expect(hub.sweeping).toBe(false)
  expect(hub.lag).toBe(0)
  delivered.mockRestore()
})
