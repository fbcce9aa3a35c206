import { expect, test, vi } from 'vitest'
import { Hub } from '../src/hub.ts'
import { Rehearsal } from '../src/rehearsal.ts'
import { newsroom } from './support/samples.ts'

test('a rehearsal tells each entry to readers of its own, until all are told', () => {
  const delivered = vi.spyOn(Hub.prototype, 'deliver')
  const rehearsal = new Rehearsal(newsroom, Date.now)
  rehearsal.again()
  rehearsal.again()
  const hubs = new Set(delivered.mock.contexts as readonly Hub[])
  expect(delivered).toHaveBeenCalledTimes(2 * hubs.size)
  delivered.mockRestore()
  for (const hub of hubs) {
    expect(hub.bounds.head).toBe(2)
    expect(hub.size).toBeGreaterThan(hub.limits.sliceReadersMax)
    expect(hub.states()).toEqual({ live: hub.size, behind: 0, full: 0 })
    expect([hub.lag, hub.sweeping]).toEqual([0, false])
  }
})
