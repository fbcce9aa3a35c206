import { expect, test } from 'vitest'
import { Reach } from '../../../src/node/streams/read-your-writes.ts'

function house(hubHead: number, logHead: number, waitMsMax?: number) {
  const bounds = { epoch: 'e', floor: 1, head: hubHead }
  let rings = 0
  const reach = new Reach({
    hub: { bounds },
    log: { bounds: async () => ({ epoch: 'e', floor: 1, head: logHead }) },
    bell: {
      ring() {
        rings += 1
      },
    },
    ...(waitMsMax === undefined ? {} : { waitMsMax }),
  })
  const move = (head: number) => {
    bounds.head = head
    reach.moved()
  }
  return { reach, move, rings: () => rings }
}

test.each([
  ['none', undefined],
  ['now', 'now'],
  ['the hub’s own', { epoch: 'e', seq: 5 }],
  ['another log’s', { epoch: 'f', seq: 900 }],
  ['the log’s future', { epoch: 'e', seq: 8 }],
] as const)('a cursor that is %s is not waited for', async (_, cursor) => {
  const { reach, rings } = house(5, 7)
  await reach.reach(cursor)
  expect(rings()).toBe(0)
})

test('a cursor that another process gave is waited for until the hub is there, not before', async () => {
  const { reach, move, rings } = house(5, 7)
  let reached = false
  const waiting = reach.reach({ epoch: 'e', seq: 7 }).then(() => {
    reached = true
  })
  await expect.poll(rings).toBe(1)
  move(6)
  await Promise.resolve()
  expect(reached).toBe(false)
  move(7)
  await waiting
})

test('a hub that does not get there is a 503 that says when to come back', async () => {
  const { reach } = house(5, 7, 1)
  await expect(reach.reach({ epoch: 'e', seq: 6 })).rejects.toMatchObject({ status: 503, retryAfterSeconds: 1 })
})
