import { expect, test } from 'vitest'
import { MirrorAttempts } from '../../../src/client/mirrors/mirror-attempts.ts'

const settle = async () => {
  for (let times = 0; times < 8; times += 1) await Promise.resolve()
}
const never = new AbortController().signal

/** Rounds at mirrors whose attempts end when the test says so. */
function asking(addresses = ['one', 'two']) {
  const attempts = new MirrorAttempts()
  const begun: { address: string; came: (bytes: number) => void; ended: AbortSignal; end: (error?: Error) => void }[] =
    []
  return {
    begun,
    round(ended = never, whose = '') {
      const round = { isOver: false }
      const attempt = (address: string, came: (bytes: number) => void, signal: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          begun.push({
            ...{ address, came, ended: signal },
            end: (error) => (error === undefined ? resolve() : reject(error)),
          })
        })
      void attempts.round(addresses, attempt, ended, whose).then(() => {
        round.isOver = true
      })
      return round
    },
    names: () => begun.map(({ address }) => address),
    under: () => begun.map(({ ended }) => !ended.aborted),
  }
}

test('all mirrors are asked at once, and the round is over when all of its attempts are, however they end', async () => {
  const { round, names, begun } = asking(['one', 'two', 'three'])
  const first = round()
  expect(names()).toEqual(['one', 'two', 'three'])
  begun[0]?.end()
  begun[1]?.end(new Error('refused'))
  await settle()
  expect(first.isOver).toBe(false)
  begun[2]?.end()
  await settle()
  expect(first.isOver).toBe(true)
})

test('a mirror that has not answered is asked again beside that in the next round; one that has is too', async () => {
  const { round, names, begun, under } = asking()
  round()
  begun[1]?.end()
  await settle()
  round()
  expect(names()).toEqual(['one', 'two', 'one', 'two'])
  expect(under()[0]).toBe(true)
})

test.each<[string, number, number, boolean[]]>([
  ['the later one where neither has brought anything', 0, 0, [true, false, true]],
  ['the later one where that has brought less', 300, 100, [true, false, true]],
  ['the earlier one where that has brought less', 100, 300, [false, true, true]],
])('of two attempts at a mirror that both take longer, %s is given up for a new one', async (_, one, two, under) => {
  const it = asking(['one'])
  it.round()
  it.begun[0]?.came(one)
  const second = it.round()
  it.begun[1]?.came(two)
  it.round()
  expect(it.under()).toEqual(under)
  await settle()
  expect(second.isOver).toBe(under[1] === false)
  // The one that goes on counts: the next round has two again.
  it.round()
  expect(it.under().filter((isUnder) => isUnder)).toHaveLength(2)
})

test('what one page asks gives up nothing of what another one does', () => {
  const it = asking(['one'])
  for (const whose of ['a', 'b', 'a', 'b', 'c']) it.round(never, whose)
  expect(it.under()).toEqual([true, true, true, true, true])
  it.round(never, 'a')
  expect(it.under()).toEqual([true, true, false, true, true, true])
})

test('a mirror whose file is coming is not asked again meanwhile, but once it stops', () => {
  const { round, begun, names } = asking(['one'])
  round()
  for (let times = 0; times < 3; times += 1) {
    begun[0]?.came(1_500)
    begun[0]?.came(1_500)
    const next = round()
    expect(next.isOver).toBe(false)
    expect(names()).toEqual(['one'])
  }
  begun[0]?.came(1_500)
  round()
  expect(names()).toEqual(['one', 'one'])
})

test.each([1, 2, 5])(
  'a mirror whose file was coming in %i rounds is asked again when that is over, once',
  async (rounds) => {
    const { round, begun, names } = asking(['one'])
    round()
    const waiting = Array.from({ length: rounds }, () => {
      begun[0]?.came(2_048)
      return round()
    })
    begun[0]?.end()
    await settle()
    expect(names()).toEqual(['one', 'one'])
    expect(waiting[0]?.isOver).toBe(false)
    begun[1]?.end()
    await settle()
    expect(waiting.map(({ isOver }) => isOver)).toEqual(waiting.map(() => true))
    expect(names()).toEqual(['one', 'one'])
  },
)

test('a mirror whose file was coming is not asked after it where a later round has asked it, or all has ended', async () => {
  const it = asking(['one'])
  const ended = new AbortController()
  it.round(ended.signal)
  it.begun[0]?.came(2_048)
  it.round(ended.signal)
  it.round(ended.signal)
  expect(it.names()).toEqual(['one', 'one'])
  it.begun[0]?.end()
  await settle()
  expect(it.names()).toEqual(['one', 'one'])
  it.begun[1]?.came(2_048)
  it.round(ended.signal)
  ended.abort()
  await settle()
  expect(it.names()).toEqual(['one', 'one'])
})

test('nothing is asked, and nothing waited for, once it has ended', async () => {
  const it = asking()
  const ended = new AbortController()
  const first = it.round(ended.signal)
  ended.abort()
  await settle()
  expect([first.isOver, ...it.under()]).toEqual([true, false, false])
  it.round(ended.signal)
  expect(it.names()).toEqual(['one', 'two'])
  const none = asking([]).round()
  await settle()
  expect(none.isOver).toBe(true)
})
