import { expect, test } from 'vitest'
import { readChangedSince } from '../../src/desk/difference.ts'
import type { HistoryEntry, HistoryPart } from '../../src/log/log.ts'
import { makeAlert } from '../support/push/push-deps.ts'

/** A log with one alert of so many versions; its history is read as the stores read it. */
function logOf(versions: number) {
  const all = Array.from({ length: versions }, (_, at): HistoryEntry => {
    const texts = { en: { headline: `Headline ${at + 1}`, summary: '' } }
    const alert = { ...makeAlert(0, { texts }), version: at + 1 }
    return { seq: 10 + at * 3, at: alert.changedAt, kind: at === 0 ? 'alert' : 'update', alert, by: `e${at}` }
  })
  const history = async (_: string, part: HistoryPart = { after: 0, limit: all.length }) =>
    'before' in part
      ? all.filter(({ seq }) => seq < part.before).slice(-part.limit)
      : all.filter(({ seq }) => seq > part.after).slice(part.skip ?? 0, (part.skip ?? 0) + part.limit)
  return { history }
}

const whole = (versions: number, from: number) => Array.from({ length: versions - from }, (_, at) => from + at + 1)

test.each([
  [3, 1, 1],
  [3, 2, 2],
  [3, 3, 3],
  [50, 1, 1],
  [51, 1, 1],
  [51, 2, 2],
  [52, 1, 1],
  [52, 2, 2],
  [52, 3, 3],
  [70, 5, 5],
  [70, 20, 20],
  [70, 70, 70],
  // What no version is, is taken for the first.
  [3, 4, 1],
  [3, 0, 1],
  [50, 51, 1],
  [51, 52, 1],
  [70, 71, 1],
  [70, 0, 1],
  [70, -1, 1],
  [70, 1.5, 1],
  [70, 20.5, 1],
  [70, Number.MAX_SAFE_INTEGER, 1],
  [70, Number.POSITIVE_INFINITY, 1],
  [70, Number.NaN, 1],
])(
  'of %i versions, what changed since %d is told from version %i, and how many changes are not named',
  async (versions, since, from) => {
    const changed = await readChangedSince(logOf(versions), 'id', since)
    const numbers = changed?.changes.map(({ version }) => version) ?? []
    expect(numbers).toEqual(whole(versions, from).slice(-50))
    expect(changed?.earlierChanges).toBe(versions - from > 50 ? versions - from - 50 : undefined)
    expect(changed?.version).toBe(versions)
    expect(changed?.differences).toEqual(
      from === versions ? [] : [{ pointer: '/texts/en/headline', was: `Headline ${from}`, is: `Headline ${versions}` }],
    )
  },
)

test('of a missing alert there is no difference', async () => {
  expect(await readChangedSince(logOf(0), 'id', 1)).toBeNull()
})
