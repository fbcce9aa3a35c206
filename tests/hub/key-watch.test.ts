import { expect, test } from 'vitest'
import type { Credential } from '../../src/auth/editor.ts'
import { KeyWatch } from '../../src/hub/key-watch.ts'
import type { Subscriber } from '../../src/hub/subscriber.ts'
import { closeKeyEnded } from '../../src/protocol/close-codes.ts'

const editor = { id: 'e', name: 'E', role: 'writer', createdAt: '2026' } as const
const key = (hash: string): Credential => ({ by: 'key', hash })
const session = (hash: string): Credential => ({ by: 'session', hash })

function benchOf() {
  const ended: Subscriber[] = []
  const reported: unknown[] = []
  const asked: string[] = []
  const untils = new Map<string, string | null>()
  const state = { error: null as Error | null, now: 1_000 }
  const watch = new KeyWatch({
    hub: {
      end(subscriber, code) {
        expect(code).toBe(closeKeyEnded)
        subscriber.state = 'gone'
        ended.push(subscriber)
      },
    },
    editors: {
      async holder({ by, hash }, at) {
        asked.push(`${by} ${hash}`)
        if (state.error !== null) throw state.error
        const until = untils.get(`${by} ${hash}`)
        return until === undefined || (until !== null && until <= at)
          ? null
          : { editor, until, origin: null, usedOn: null, issuedAt: null }
      },
    },
    now: () => state.now,
    report: (error) => void reported.push(error),
  })
  const reader = () => ({ state: 'live' }) as Subscriber
  return { watch, ended, reported, asked, untils, state, reader }
}

test('exactly those are ended whose key or session has ended; each credential is asked for once', async () => {
  const { watch, ended, asked, untils, reader } = benchOf()
  untils.set('key a', null).set('key b', null).set('session a', '2026-01-01T00:00:00.000Z')
  const [one, two, three, four] = [reader(), reader(), reader(), reader()]
  watch.watch(one, key('a'))
  watch.watch(two, key('a'))
  watch.watch(three, key('b'))
  watch.watch(four, session('a'))
  await watch.look()
  expect([ended, asked]).toEqual([[], ['key a', 'key b', 'session a']])
  untils.delete('key a')
  await watch.look()
  expect(ended).toEqual([one, two])
  expect(watch.size).toBe(2)
  await watch.look()
  expect(ended).toHaveLength(2)
})

test('whoever has left is not ended again, and is forgotten', async () => {
  const { watch, ended, asked, reader } = benchOf()
  const left = reader()
  watch.watch(left, key('a'))
  left.state = 'gone'
  await watch.look()
  expect([ended, asked, watch.size]).toEqual([[], [], 0])
})

test('a session ends by the clock, and when is known before', async () => {
  const { watch, ended, untils, state, reader } = benchOf()
  untils.set('session a', new Date(9_000).toISOString()).set('session b', new Date(5_000).toISOString())
  const [late, early] = [reader(), reader()]
  watch.watch(late, session('a'))
  watch.watch(early, session('b'))
  await watch.look()
  expect(watch.endsMs).toBe(5_000)
  state.now = 4_999
  await watch.look()
  expect(ended).toEqual([])
  state.now = 5_000
  await watch.look()
  expect([ended, watch.endsMs]).toEqual([[early], 9_000])
})

test('a revocation during a look is seen by one more look, also for who was let in meanwhile', async () => {
  const { watch, ended, untils, reader } = benchOf()
  untils.set('key a', null)
  const [before, meanwhile] = [reader(), reader()]
  watch.watch(before, key('a'))
  const looking = watch.look()
  untils.delete('key a')
  watch.watch(meanwhile, key('a'))
  await Promise.all([looking, watch.look()])
  expect(ended).toEqual([before, meanwhile])
})

test('after looks that failed the next is due later each time, never in the past, and a look that succeeds forgets it', async () => {
  const { watch, untils, state, reader } = benchOf()
  untils.set('session a', new Date(5_000).toISOString())
  watch.watch(reader(), session('a'))
  await watch.look()
  expect(watch.endsMs).toBe(5_000)
  state.now = 6_000
  state.error = new Error('the log is away')
  const waits: number[] = []
  for (let times = 0; times < 8; times += 1) {
    await watch.lookQuietly()
    waits.push((watch.endsMs ?? 0) - state.now)
    state.now += 100
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  state.error = null
  untils.set('session a', new Date(90_000).toISOString())
  await watch.lookQuietly()
  expect(watch.endsMs).toBe(90_000)
  state.error = new Error('once more')
  await watch.lookQuietly()
  expect((watch.endsMs ?? 0) - state.now).toBe(1_000)
})

test('a first look that fails is made up for soon', async () => {
  const { watch, state, reader } = benchOf()
  watch.watch(reader(), key('a'))
  state.error = new Error('the log is away')
  await watch.lookQuietly()
  expect(watch.endsMs).toBe(state.now + 1_000)
})

test('trouble with the store ends nobody, is reported, and the next look ends them', async () => {
  const { watch, ended, reported, state, reader } = benchOf()
  watch.watch(reader(), key('a'))
  state.error = new Error('no disk')
  await watch.lookQuietly()
  expect([ended, reported]).toEqual([[], [state.error]])
  await expect(watch.look()).rejects.toThrow('no disk')
  state.error = null
  await watch.lookQuietly()
  expect(ended).toHaveLength(1)
})

test('what is known to end is ended at its time without a look; the rest goes on', async () => {
  const { watch, ended, asked, untils, state, reader } = benchOf()
  untils.set('key a', new Date(5_000).toISOString()).set('key b', new Date(9_000).toISOString()).set('key c', null)
  const [first, second, third, unknown] = [reader(), reader(), reader(), reader()]
  let told = 0
  watch.onWatch(() => {
    told += 1
  })
  for (const [subscriber, name] of [[first, 'a'] as const, [second, 'b'] as const, [third, 'c'] as const])
    watch.watch(subscriber, key(name))
  expect(told).toBe(3)
  await watch.look()
  watch.watch(unknown, key('a'))
  asked.length = 0
  state.now = 4_999
  watch.endDue()
  expect(ended).toEqual([])
  state.now = 5_000
  watch.endDue()
  expect([ended, watch.size, asked]).toEqual([[first], 3, []])
  await watch.look()
  expect(ended).toEqual([first, unknown])
  state.now = 20_000
  watch.endDue()
  expect(ended).toEqual([first, unknown, second])
})
