import { expect, test } from 'vitest'
import { checkedWriters, rawWriteFault } from '../../../../src/node/streams/socket-writer/raw-write-check.ts'

test('raw writes pass their check here, as often as it is made', async () => {
  expect(await Promise.all([rawWriteFault(), rawWriteFault()])).toEqual([null, null])
  expect(await rawWriteFault()).toBeNull()
})

test.each([
  ['raw', 'raw', 'ws', 'node'],
  ['raw', 'node', 'ws', 'node'],
  ['ws', 'raw', 'ws', 'node'],
] as const)(
  'where the check fails, writers %s and %s become %s and %s, and the operator is told why, once',
  async (socketWriter, streamWriter, ...plain) => {
    const told: string[] = []
    const writers = await checkedWriters(
      { socketWriter, streamWriter },
      (line) => void told.push(line),
      async () => 'another Node',
    )
    expect([writers.socketWriter, writers.streamWriter]).toEqual(plain)
    expect(told).toEqual([expect.stringContaining('another Node')])
  },
)

test('plain writers need no check', async () => {
  const plain = { socketWriter: 'ws', streamWriter: 'node' } as const
  const fail = async () => {
    throw new Error('it was checked')
  }
  expect(await checkedWriters(plain, () => {}, fail)).toEqual(plain)
})
