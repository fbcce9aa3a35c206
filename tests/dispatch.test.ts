import { expect, test } from 'vitest'
import { openNew } from '../src/push/dispatch.ts'
import { entryOf } from './support/samples.ts'

const entries = Array.from({ length: 250 }, (_, index) => entryOf(index + 1))
const log = {
  bounds: async () => ({ epoch: 'e', floor: 1, head: entries.length }),
  after: async (seq: number, limit: number) => entries.slice(seq, seq + limit),
}

test('who is told to stop opens no more entries, and whoever comes next goes on where that ended', async () => {
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
