import { expect, test } from 'vitest'
import { OwnPresence, type openOf } from '../../../../src/web/desk/items/own-presence.ts'

type Open = ReturnType<typeof openOf>

function rig() {
  const asked: unknown[] = []
  const timers = new Map<number, () => void>()
  const presence = new OwnPresence({
    ask: async (path, options) => {
      asked.push([options?.method, path.split('/')[4], options?.body])
      return { result: 'lost' }
    },
    every: (run) => {
      timers.set(timers.size + 1, run)
      return timers.size
    },
    notEvery: (timer) => void timers.set(timer, () => {}),
  })
  return {
    presence,
    asked,
    tick: () => {
      for (const run of timers.values()) run()
    },
  }
}

const open = (id: string, doing: NonNullable<Open>['doing']): Open => ({ id, doing })

test('what the page has open is said once and then renewed, until it has something else open', () => {
  const { presence, asked, tick } = rig()
  presence.show(open('one', 'editing'))
  presence.show(open('one', 'editing'))
  tick()
  presence.show(open('two', 'approving'))
  tick()
  presence.show(null)
  tick()
  expect(asked).toEqual([
    ['PUT', 'one', { doing: 'editing', renewal: false }],
    ['PUT', 'one', { doing: 'editing', renewal: true }],
    ['DELETE', 'one', undefined],
    ['PUT', 'two', { doing: 'approving', renewal: false }],
    ['PUT', 'two', { doing: 'approving', renewal: true }],
    ['DELETE', 'two', undefined],
  ])
})

test('what is done with an item is said anew, without leaving it', () => {
  const { presence, asked } = rig()
  presence.show(open('one', 'editing'))
  presence.show(open('one', 'approving'))
  expect(asked.map((it) => (it as unknown[])[0])).toEqual(['PUT', 'PUT'])
})
