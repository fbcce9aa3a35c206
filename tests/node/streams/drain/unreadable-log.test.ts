import { expect, test } from 'vitest'
import { Admission } from '../../../../src/node/streams/admission.ts'
import { UnreadableLog } from '../../../../src/node/streams/drain/unreadable-log.ts'

const limits = { connectionsMax: 100, perAddressMax: 0, perSecondMax: 100 }

/** A node with readers, which cannot read the log for so long, and what the public address says of the others. */
function watched() {
  const now = { unreadableMs: 0, isReadyElsewhere: false, ms: 0, asked: 0, woken: 0 }
  const warned: string[] = []
  const hub = {
    size: 10,
    goodbyes: 0,
    goodbye() {
      this.goodbyes += 1
    },
    closeSome(countMax: number) {
      this.size -= Math.min(countMax, this.size)
      return this.size
    },
  }
  const admission = new Admission(limits, () => now.ms)
  const log = new UnreadableLog({
    storage: {
      get unreadableMs() {
        return now.unreadableMs
      },
    },
    wakeUps: {
      wake() {
        now.woken += 1
      },
    },
    ...{ hub, admission, drainSeconds: 0, clock: () => now.ms, logger: { warn: (line) => warned.push(line) } },
    async readyElsewhere() {
      now.asked += 1
      return now.isReadyElsewhere
    },
  })
  /** Looks once a second for so long. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      await log.look()
      now.ms += 1_000
    }
  }
  return { now, hub, admission, log, warned, pass }
}

test('a log that can be read, or could a moment ago, asks for nothing', async () => {
  const { now, hub, admission, pass } = watched()
  now.isReadyElsewhere = true
  for (const ms of [0, 1_000]) {
    now.unreadableMs = ms
    await pass(20)
  }
  expect([now.asked, hub.size, admission.acceptsArrivals]).toEqual([0, 10, true])
})

test('while no node is ready, readers stay and new ones are taken', async () => {
  const { now, hub, admission, pass } = watched()
  now.unreadableMs = 60_000
  await pass(60)
  expect([now.asked > 0, hub.size, admission.acceptsArrivals]).toEqual([true, 10, true])
})

test('while another node is ready, readers are sent away and new ones refused, until the log can be read', async () => {
  const { now, hub, admission, log, warned, pass } = watched()
  now.unreadableMs = 60_000
  now.isReadyElsewhere = true
  await pass(10)
  await expect.poll(() => hub.size).toBe(0)
  expect([hub.goodbyes, warned]).toEqual([1, [expect.stringContaining('(10)')]])
  expect(admission.acceptsArrivals).toBe(false)
  expect(() => admission.countArrival()).toThrow('another one can')
  expect(now.woken).toBe(0)
  now.unreadableMs = 0
  await log.look()
  // What was published meanwhile is read at once.
  expect([now.woken, admission.acceptsArrivals]).toEqual([1, true])
  expect(() => admission.countArrival()).not.toThrow()
})

test('when the other nodes are not ready any more either, readers are taken again', async () => {
  const { now, admission, pass } = watched()
  now.unreadableMs = 60_000
  now.isReadyElsewhere = true
  await pass(10)
  now.isReadyElsewhere = false
  await pass(2)
  // One answer may come from a node that is not ready, by a proxy that does not know that.
  expect(admission.acceptsArrivals).toBe(false)
  await pass(20)
  expect(admission.acceptsArrivals).toBe(true)
})

test('another node that is ready for a moment before this one is no reason to go', async () => {
  const { now, hub, admission, pass } = watched()
  now.unreadableMs = 60_000
  await pass(10)
  now.isReadyElsewhere = true
  await pass(3)
  now.unreadableMs = 0
  await pass(10)
  expect([hub.size, admission.acceptsArrivals]).toEqual([10, true])
})

test('a service that stops sends nobody away by this any more', async () => {
  const { now, hub, log, pass } = watched()
  now.unreadableMs = 60_000
  now.isReadyElsewhere = true
  log.stop()
  await pass(10)
  expect(hub.size).toBe(10)
})
