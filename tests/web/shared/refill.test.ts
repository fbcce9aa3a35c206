import { describe, expect, it } from 'vitest'
import type { Rendered } from '../../../src/domain/alert-types.ts'
import { type CurrentAlerts, type Received, Refill } from '../../../src/web/shared/refill.ts'

type More = Partial<Pick<Rendered, 'language' | 'level' | 'topics' | 'status'>>

const alertOf = (id: string, version: number, more: More = {}): Rendered => ({
  id,
  version,
  level: 'urgent',
  audience: 'public',
  topics: [],
  status: version === 1 ? 'live' : 'updated',
  publishedAt: '2026-03-01T12:00:00.000Z',
  changedAt: `2026-03-01T12:00:0${version}.000Z`,
  expiresAt: '2026-03-02T12:00:00.000Z',
  language: 'en',
  dir: 'ltr',
  headline: `${id} ${version}`,
  summary: '',
  ...more,
})

const standing = (head: string, ...entries: (readonly [number, Rendered])[]): CurrentAlerts => ({
  head,
  entries: entries.map(([seq, alert]) => ({ seq, alert })),
})

const english = { languages: ['en'], topics: [], level: 'routine' } as const
const retracted = { status: 'retracted' } as const

/** A page whose answers are given by hand, in any order. */
function page(position?: string) {
  const asked: { readonly answer: (standing: CurrentAlerts) => void; readonly refuse: () => void }[] = []
  const shown: (readonly string[])[] = []
  const at = { cursor: position, fails: 0, waits: 0 }
  const received: Received[] = []
  const refill = new Refill({
    received,
    read: () =>
      new Promise((resolve, reject) => asked.push({ answer: resolve, refuse: () => reject(new Error('no network')) })),
    cursor: () => at.cursor,
    show: (alerts) => shown.push(alerts.map(({ id, version, status }) => `${id} ${version} ${status}`)),
    fail: () => {
      at.fails += 1
    },
    wait: async () => {
      at.waits += 1
    },
  })
  const hear = (cursor: string, alert: Rendered) => {
    received.push({ cursor, alert })
    at.cursor = cursor
  }
  const asking = (index: number) => expect.poll(() => asked[index]).toBeDefined()
  return { refill, asked, shown, at, hear, asking }
}

describe('loading the list', () => {
  it('leaves an alert retracted that was retracted while the response was in transit', async () => {
    const { refill, asked, shown, hear } = page('e.1')
    const filling = refill.begin(english)
    hear('e.2', alertOf('a', 2, retracted))
    asked[0]?.answer(standing('e.1', [1, alertOf('a', 1)]))
    await filling
    expect(shown).toEqual([['a 2 retracted']])
  })

  it('keeps the higher version of each alert, whether from the stream or the response', async () => {
    const { refill, asked, shown, hear } = page('e.1')
    hear('e.3', alertOf('a', 3))
    hear('e.4', alertOf('b', 2))
    const filling = refill.begin(english)
    const entries = [
      [3, alertOf('a', 3)],
      [2, alertOf('b', 1)],
      [1, alertOf('c', 1)],
    ] as const
    asked[0]?.answer(standing('e.9', [8, alertOf('a', 4)], ...entries))
    await filling
    expect(shown).toEqual([['a 4 updated', 'b 2 updated', 'c 1 live']])
  })

  it('shows what came after the response was made, newest first, where it matches the choice', async () => {
    const { refill, asked, shown, hear } = page('e.5')
    hear('e.5', alertOf('gone', 1))
    const filling = refill.begin({ languages: ['en', 'fa'], topics: ['sport'], level: 'urgent' })
    hear('e.6', alertOf('first', 1, { topics: ['sport', 'home'] }))
    hear('e.7', alertOf('second', 1, { language: 'fa' }))
    hear('e.8', alertOf('topic', 1, { topics: ['home'] }))
    hear('e.9', alertOf('level', 1, { level: 'routine' }))
    hear('e.10', alertOf('language', 1, { language: 'ps' }))
    hear('e.11', alertOf('flash', 1, { level: 'flash' }))
    asked[0]?.answer(standing('e.5', [4, alertOf('old', 1)]))
    await filling
    // What the answer could have had and has not is not for this choice.
    expect(shown).toEqual([['flash 1 live', 'second 1 live', 'first 1 live', 'old 1 live']])
  })

  it.each([
    ['in the order of asking', [0, 1, 2]],
    ['in the reverse order', [2, 1, 0]],
    ['the last one in the middle', [0, 2, 1]],
  ])('shows of three only the last one, answered %s', async (_, order) => {
    const { refill, asked, shown, at } = page('e.1')
    const fillings = [1, 2, 3].map(() => refill.begin(english))
    for (const index of order) asked[index]?.answer(standing('e.1', [1, alertOf(`asked-${index}`, 1)]))
    await Promise.all(fillings)
    expect([shown, at.fails]).toEqual([[['asked-2 1 live']], 0])
  })

  it('does not report a failure of a request that a later one has overtaken', async () => {
    const { refill, asked, shown, at } = page('e.1')
    const fillings = [refill.begin(english), refill.begin(english)]
    asked[1]?.answer(standing('e.1', [1, alertOf('a', 1)]))
    asked[0]?.refuse()
    await Promise.all(fillings)
    expect([shown.length, at.fails]).toEqual([1, 0])
  })

  it.each([
    ['a place before the stream’s', 'e.7'],
    ['another log', 'former.9'],
  ])('asks again when the answer is of %s', async (_, head) => {
    const { refill, asked, shown, at, asking } = page('e.8')
    const filling = refill.begin(english)
    asked[0]?.answer(standing(head, [1, alertOf('a', 1)]))
    await asking(1)
    asked[1]?.answer(standing('e.8', [8, alertOf('a', 2, retracted)]))
    await filling
    expect([shown, at.waits, at.fails]).toEqual([[['a 2 retracted']], 1, 0])
  })

  it('reports that alerts may be missing, and leaves the list, when every response is too old', async () => {
    const { refill, asked, shown, at, asking } = page('e.8')
    const filling = refill.begin(english)
    for (const index of [0, 1, 2, 3]) {
      await asking(index)
      asked[index]?.answer(standing('e.7', [1, alertOf('a', 1)]))
    }
    await filling
    expect([shown, at.fails, asked.length]).toEqual([[], 1, 4])
  })

  it('fails without a response, and the next load works', async () => {
    const { refill, asked, shown, at } = page()
    const first = refill.begin(english)
    asked[0]?.refuse()
    await first
    const second = refill.begin(english)
    asked[1]?.answer(standing('e.1', [1, alertOf('a', 1)]))
    await second
    expect([at.fails, shown]).toEqual([1, [['a 1 live']]])
  })

  it('puts nothing of a former log over the response of a new one', async () => {
    const { refill, asked, shown, at, hear } = page('e.1')
    hear('e.9', alertOf('a', 7, retracted))
    hear('e.10', alertOf('b', 1))
    at.cursor = 'f.2'
    const filling = refill.begin(english)
    asked[0]?.answer(standing('f.2', [2, alertOf('a', 1)]))
    await filling
    expect(shown).toEqual([['a 1 live']])
  })

  it('takes an older version after the newer one, and the same three times, without harm', async () => {
    const { refill, asked, shown, hear } = page('e.1')
    for (const version of [2, 1, 2, 2]) hear('e.5', alertOf('a', version, retracted))
    const filling = refill.begin(english)
    asked[0]?.answer(standing('e.5', [1, alertOf('a', 1)]))
    await filling
    expect(shown).toEqual([['a 2 retracted']])
  })
})
