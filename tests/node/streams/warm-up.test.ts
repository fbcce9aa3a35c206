import { expect, test } from 'vitest'
import { openWriteBatch } from '../../../src/node/streams/io-uring/write-batch.ts'
import { WarmUp } from '../../../src/node/streams/warm-up.ts'
import { newsroom } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

function rehearsing(ioUring: boolean, socketWriter: 'raw' | 'ws' = 'raw') {
  const report = (error: unknown) => {
    throw error
  }
  const writeBatch = openWriteBatch(ioUring, { report, debug() {} })
  const rehearsal = new WarmUp({ newsroom, writeBatch, socketWriter, now: Date.now, report })
  clean(() => rehearsal.close())
  return rehearsal
}

test.each([
  [true, 'raw'],
  [false, 'raw'],
  [false, 'ws'],
] as const)(
  'its readers hear every entry, whether io_uring is wanted (%s), written by %s, and nobody is left behind',
  async (ioUring, socketWriter) => {
    const rehearsal = rehearsing(ioUring, socketWriter)
    await rehearsal.done
    const { live } = rehearsal.states()
    expect(live).toBeGreaterThan(0)
    rehearsal.again()
    await expect.poll(() => rehearsal.states()).toEqual({ live, behind: 0, full: 0 })
  },
)

test('two in one process have their own readers each', async () => {
  const both = [rehearsing(true), rehearsing(true)]
  await Promise.all(both.map(({ done }) => done))
  const [one, other] = both.map((rehearsal) => rehearsal.states())
  expect(one).toEqual(other)
})

test('closed in the middle, it ends, and its readers leave', async () => {
  const rehearsal = rehearsing(true)
  await expect.poll(() => rehearsal.states().live).toBeGreaterThan(0)
  rehearsal.close()
  await rehearsal.done
  await expect.poll(() => rehearsal.states()).toEqual({ live: 0, behind: 0, full: 0 })
})

test('closed before it began, it ends', async () => {
  const rehearsal = rehearsing(true)
  rehearsal.close()
  await rehearsal.done
  expect(rehearsal.states().live).toBe(0)
})
