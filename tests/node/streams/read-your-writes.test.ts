import { expect, test } from 'vitest'
import { ReadYourWrites } from '../../../src/node/streams/read-your-writes.ts'

function deps(hubHead: number, logHead: number, waitMsMax?: number) {
  const bounds = { epoch: 'e', floor: 1, head: hubHead }
  let wakes = 0
  const readYourWrites = new ReadYourWrites({
    hub: { bounds },
    log: { bounds: async () => ({ epoch: 'e', floor: 1, head: logHead }) },
    wakeUps: {
      wake() {
        wakes += 1
      },
    },
    ...(waitMsMax === undefined ? {} : { waitMsMax }),
  })
  const move = (head: number) => {
    bounds.head = head
    readYourWrites.moved()
  }
  return { readYourWrites, move, wakes: () => wakes }
}

test.each([
  ['none', undefined],
  ['now', 'now'],
  ['the hub’s own', { epoch: 'e', seq: 5 }],
  ['another log’s', { epoch: 'f', seq: 900 }],
  ['the log’s future', { epoch: 'e', seq: 8 }],
] as const)('a cursor that is %s is not waited for', async (_, cursor) => {
  const { readYourWrites, wakes } = deps(5, 7)
  await readYourWrites.waitUntilReached(cursor)
  expect(wakes()).toBe(0)
})

test('a cursor that another process gave is waited for until the hub is there, not before', async () => {
  const { readYourWrites, move, wakes } = deps(5, 7)
  let reached = false
  const waiting = readYourWrites.waitUntilReached({ epoch: 'e', seq: 7 }).then(() => {
    reached = true
  })
  await expect.poll(wakes).toBe(1)
  move(6)
  await Promise.resolve()
  expect(reached).toBe(false)
  move(7)
  await waiting
})

test('a hub that does not get there is a 503 that says when to come back', async () => {
  const { readYourWrites } = deps(5, 7, 1)
  await expect(readYourWrites.waitUntilReached({ epoch: 'e', seq: 6 })).rejects.toMatchObject({
    status: 503,
    retryAfterSeconds: 1,
  })
})

test('a log that does not answer is not waited for longer than a hub that does not get there', async () => {
  const asked = Promise.withResolvers<never>()
  const readYourWrites = new ReadYourWrites({
    hub: { bounds: { epoch: 'e', floor: 1, head: 5 } },
    log: { bounds: () => asked.promise },
    wakeUps: { wake() {} },
    waitMsMax: 20,
  })
  const refused = expect(readYourWrites.waitUntilReached({ epoch: 'e', seq: 6 })).rejects.toMatchObject({
    status: 503,
    code: 'catching-up',
    retryAfterSeconds: 1,
  })
  await refused
  // Nobody waits for its error any more.
  asked.reject(new Error('late'))
})
