import { expect, test } from 'vitest'
import { OutboxOpening, openNew } from '../../../src/push/outbox/outbox-opening.ts'
import { entryOf } from '../../support/samples.ts'

const entries = Array.from({ length: 250 }, (_, index) => entryOf(index + 1))
const log = {
  bounds: async () => ({ epoch: 'e', floor: 1, head: entries.length }),
  after: async (seq: number, limit: number) => entries.slice(seq, seq + limit),
}

test('after an abort no more entries are opened, and the next run continues there', async () => {
  const stopping = new AbortController()
  const opened: number[] = []
  const outbox = {
    opened: async () => opened.length,
    async open({ seq }: { readonly seq: number }) {
      opened.push(seq)
      if (seq === 7) stopping.abort()
    },
  }
  expect(await openNew(log, outbox, stopping.signal)).toBe(7)
  expect(opened).toHaveLength(7)
  expect(await openNew(log, outbox)).toBe(243)
  expect(opened).toEqual(entries.map(({ seq }) => seq))
})

test('repeated opening reads the outbox’s position once, and again after an error; no entry is skipped', async () => {
  const some = entries.slice(0, 3)
  const calls: string[] = []
  const opened = new Set<number>()
  let isBroken = false
  const growing = {
    bounds: async () => ({ epoch: 'e', floor: 1, head: some.length }),
    after: async (seq: number, limit: number) => some.slice(seq, seq + limit),
  }
  const opening = new OutboxOpening(growing, {
    async opened() {
      calls.push('opened')
      return opened.size
    },
    async open({ seq }) {
      calls.push(`open ${seq}`)
      if (isBroken) throw new Error('no')
      opened.add(seq)
    },
  })
  const next = () => some.push(...entries.slice(some.length, some.length + 1))
  expect(await opening.openNew()).toBe(3)
  expect(await opening.openNew()).toBe(0)
  next()
  expect(await opening.openNew()).toBe(1)
  expect(calls.splice(0)).toEqual(['opened', 'open 1', 'open 2', 'open 3', 'open 4'])
  next()
  isBroken = true
  await expect(opening.openNew()).rejects.toThrow('no')
  await expect(opening.openNew()).rejects.toThrow('no')
  isBroken = false
  expect(await opening.openNew()).toBe(1)
  next()
  expect(await opening.openNew()).toBe(1)
  expect(calls).toEqual(['open 5', 'opened', 'open 5', 'opened', 'open 5', 'open 6'])
})
