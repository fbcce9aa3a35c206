import { expect, test } from 'vitest'
import { openWriteBatch } from '../../../src/node/streams/io-uring/write-batch.ts'
import { WarmUp } from '../../../src/node/streams/warm-up.ts'
import { newsroom } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

function startWarmUp(ioUring: boolean, socketWriter: 'raw' | 'ws' = 'raw') {
  const report = (error: unknown) => {
    throw error
  }
  const writeBatch = openWriteBatch(ioUring, { report, debug() {} })
  const warmUp = new WarmUp({ newsroom, writeBatch, socketWriter, now: Date.now, report })
  clean(() => warmUp.close())
  return warmUp
}

test.each([
  [true, 'raw'],
  [false, 'raw'],
  [false, 'ws'],
] as const)(
  'its readers hear every entry, whether io_uring is wanted (%s), written by %s, and nobody is left behind',
  async (ioUring, socketWriter) => {
    const warmUp = startWarmUp(ioUring, socketWriter)
    await warmUp.done
    const { live } = warmUp.states()
    expect(live, 'none of its readers has left, those with terms neither').toBe(2 * 16)
    warmUp.again()
    await expect.poll(() => warmUp.states()).toEqual({ live, behind: 0, full: 0 })
  },
)

test('two in one process have their own readers each', async () => {
  const both = [startWarmUp(true), startWarmUp(true)]
  await Promise.all(both.map(({ done }) => done))
  const [one, other] = both.map((warmUp) => warmUp.states())
  expect(one).toEqual(other)
})

test('closed in the middle, it ends, and its readers leave', async () => {
  const warmUp = startWarmUp(true)
  await expect.poll(() => warmUp.states().live).toBeGreaterThan(0)
  warmUp.close()
  await warmUp.done
  await expect.poll(() => warmUp.states()).toEqual({ live: 0, behind: 0, full: 0 })
})

test('closed before it began, it ends', async () => {
  const warmUp = startWarmUp(true)
  warmUp.close()
  await warmUp.done
  expect(warmUp.states().live).toBe(0)
})
