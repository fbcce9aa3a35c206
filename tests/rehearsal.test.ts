import { expect, test } from 'vitest'
import { Rehearsal } from '../src/node/rehearsal.ts'
import { openTogether } from '../src/node/together.ts'
import { newsroom } from './support/samples.ts'
import { cleaning } from './support/scratch.ts'

const clean = cleaning()

async function rehearsing(ioUring: boolean) {
  const report = (trouble: unknown) => {
    throw trouble
  }
  const together = openTogether(ioUring, { report, debug() {} })
  const rehearsal = await Rehearsal.open({ newsroom, together, now: Date.now, report })
  clean(() => rehearsal.close())
  return rehearsal
}

test.each([true, false])(
  'its readers hear every entry, whether io_uring is wanted (%s), and nobody is left behind',
  async (ioUring) => {
    const rehearsal = await rehearsing(ioUring)
    const { live } = rehearsal.states()
    expect(live).toBeGreaterThan(0)
    await rehearsal.first()
    rehearsal.again()
    await expect.poll(() => rehearsal.states()).toEqual({ live, behind: 0, full: 0 })
  },
)

test('closed in the middle, it ends, and its readers leave', async () => {
  const rehearsal = await rehearsing(true)
  const all = rehearsal.first()
  rehearsal.close()
  await all
  await expect.poll(() => rehearsal.states()).toEqual({ live: 0, behind: 0, full: 0 })
})
