import { expect, test } from 'vitest'
import { JoinQueue } from '../../../src/node/streams/join-queue.ts'
import { cleaning } from '../../support/scratch.ts'
import { liveServer } from '../../support/streams/live-server.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'

const clean = cleaning()

/** A hub that sweeps or not, a clock that is set, and turns that are taken by hand. */
function deps() {
  const hub = { sweeping: false }
  const clock = { now: 0 }
  const turns: (() => void)[] = []
  const joinQueue = new JoinQueue({ hub, now: () => clock.now, soon: (act) => void turns.push(act) })
  const entered: number[] = []
  const come = async (...names: number[]) => {
    for (const name of names) void joinQueue.turn().then(() => entered.push(name))
    await Promise.resolve()
  }
  const turn = async () => {
    for (const act of turns.splice(0)) act()
    await Promise.resolve()
  }
  return { hub, clock, turns, joinQueue, entered, come, turn }
}

test('while no sweep runs, a reader joins at once', async () => {
  const { joinQueue, entered, come, turns } = deps()
  expect(joinQueue.mustWait).toBe(false)
  await come(1, 2)
  expect(entered).toEqual([1, 2])
  expect(turns).toHaveLength(0)
})

test('during a sweep joining readers wait, and then all join in their order', async () => {
  const { hub, joinQueue, entered, come, turn, turns } = deps()
  hub.sweeping = true
  await come(1, 2)
  await turn()
  expect(entered).toEqual([])
  hub.sweeping = false
  // Not past those who wait already.
  expect(joinQueue.mustWait).toBe(true)
  await come(3)
  await turn()
  expect(entered).toEqual([1, 2, 3])
  expect(joinQueue.mustWait).toBe(false)
  expect(turns).toHaveLength(0)
})

test('a crowd that waited comes in some at a time, so that the next alert need not wait for all', async () => {
  const { hub, entered, come, turn } = deps()
  hub.sweeping = true
  const crowd = Array.from({ length: 200 }, (_, index) => index)
  await come(...crowd)
  hub.sweeping = false
  await turn()
  expect(entered.length).toBeLessThan(100)
  // Another alert: they wait again.
  const before = entered.length
  hub.sweeping = true
  await turn()
  expect(entered).toHaveLength(before)
  hub.sweeping = false
  for (let count = 0; count < 3; count += 1) await turn()
  expect(entered).toEqual(crowd)
})

test('however many alerts follow each other, nobody waits for more than a second', async () => {
  const { hub, clock, entered, come, turn } = deps()
  hub.sweeping = true
  await come(1)
  clock.now = 1_001
  await turn()
  expect(entered).toEqual([1])
})

test('a reader who joins during a sweep has the alert in the replay, once', async () => {
  const server = await liveServer({ sliceReadersMax: 1 })
  clean(() => server.close())
  const early = await Promise.all(Array.from({ length: 20 }, () => listenRaw(server.url, '?languages=*')))
  server.append()
  expect(server.hub.sweeping).toBe(true)
  const late = await Promise.all(Array.from({ length: 20 }, () => listenRaw(server.url, '?languages=*&after=e.0')))
  server.append()
  for (const reader of [...early, ...late]) {
    await reader.frame(({ type, seq }) => type === 'alert' && seq === 2)
    expect(reader.frames.filter(({ type }) => type === 'alert').map(({ seq }) => seq)).toEqual([1, 2])
    reader.socket.terminate()
  }
})
