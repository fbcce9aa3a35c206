import { expect, test } from 'vitest'
import { coalesced } from '../../../../src/node/stores/postgres/coalesced.ts'

test.each([1, 2, 50])(
  '%i who ask at once get one run, and those who ask during it one more, which is newer',
  async (count) => {
    const runs: PromiseWithResolvers<number>[] = []
    const ask = coalesced(() => {
      const run = Promise.withResolvers<number>()
      runs.push(run)
      return run.promise
    })
    const first = ask()
    const later = Array.from({ length: count }, ask)
    expect(runs).toHaveLength(1)
    runs[0]?.resolve(1)
    expect(await first).toBe(1)
    await Promise.resolve()
    expect(runs).toHaveLength(2)
    runs[1]?.resolve(2)
    expect(await Promise.all(later)).toEqual(later.map(() => 2))
    const last = ask()
    runs[2]?.resolve(3)
    expect(await last).toBe(3)
  },
)

test('a run that fails fails those who waited for it, and no later ones', async () => {
  let runs = 0
  const ask = coalesced(async () => {
    runs += 1
    if (runs === 1) throw new Error('away')
    return runs
  })
  const [first, later] = [ask(), ask()]
  await expect(first).rejects.toThrow('away')
  await expect(later, 'it would wait as long again').rejects.toThrow('away')
  expect(await ask()).toBe(2)
})
