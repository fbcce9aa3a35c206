import fc from 'fast-check'
import { expect, test } from 'vitest'

test.each([60, 400, 2_000])(
  'random lists and strings of at most %d come near that size, not only ten elements',
  (most) => {
    let list = 0
    let text = 0
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: most }), fc.string({ maxLength: most }), (numbers, string) => {
        list = Math.max(list, numbers.length)
        text = Math.max(text, [...string].length)
      }),
      { numRuns: 200, seed: 1 },
    )
    // fast-check draws any size up to the largest; without the setting of the set-up file the largest is some ten.
    expect(list).toBeGreaterThan(most * 0.9)
    expect(text).toBeGreaterThan(most * 0.9)
  },
)
