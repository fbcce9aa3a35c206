import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ItemNews, PollingSource } from '../../../../src/web/desk/items/item-source.ts'

type Asked = { readonly path: string; readonly answer: () => void; readonly fail: () => void }

/** The items that the service has, newest first: what a request is answered is what it has when it is asked. */
function rig(drafts: string[], pageMax = 100) {
  const asked: Asked[] = []
  const listeners = new Map<string, () => void>()
  vi.stubGlobal('document', { hidden: false })
  vi.stubGlobal(
    'EventSource',
    class {
      static readonly OPEN = 1
      readonly readyState = 1
      addEventListener(type: string, listener: () => void) {
        listeners.set(type, listener)
      }
      close() {}
    },
  )
  vi.stubGlobal('fetch', (path: string) => {
    const { pathname, searchParams } = new URL(path, 'https://desk.example')
    const isDrafts = searchParams.get('state')?.startsWith('draft') === true
    const from = drafts.indexOf(searchParams.get('before') ?? '') + 1
    const page = isDrafts ? drafts.slice(from, from + pageMax).map((id) => ({ id })) : []
    const next = isDrafts && drafts.length > from + pageMax ? { next: page.at(-1)?.id } : {}
    const body = pathname.endsWith('presence') ? { presence: [] } : { items: page, ...next }
    return new Promise<Response>((resolve, reject) => {
      asked.push({ path, answer: () => resolve(Response.json(body)), fail: () => reject(new TypeError('gone')) })
    })
  })
  const news: ItemNews[] = []
  const results: string[] = []
  const source = new PollingSource(
    () => {},
    () => {},
  )
  const stop = source.follow(
    (it) => news.push(it),
    ({ result }) => results.push(result),
  )
  const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
  return {
    ...{ source, stop, asked, results, pass },
    event: (type: string) => listeners.get(type)?.(),
    /** Answers everything that is asked, in order, and what is asked for after that. */
    answerAll: async () => {
      while (asked.length > 0) {
        asked.shift()?.answer()
        await pass()
      }
    },
    shown: () => news.at(-1)?.drafts.map(({ id }) => id),
    hasMore: () => news.at(-1)?.hasMore,
    shownTimes: () => news.length,
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('older drafts that were asked for stay, whatever is under way or changes then', async () => {
  const drafts = ['c', 'b', 'a']
  const { source, event, pass, answerAll, shown, hasMore } = rig(drafts, 2)
  await answerAll()
  expect([shown(), hasMore()]).toEqual([['c', 'b'], true])
  event('items')
  await pass(50)
  // The round of the event is under way.
  source.more()
  await answerAll()
  expect([shown(), hasMore()]).toEqual([['c', 'b', 'a'], false])
  for (const again of ['items', 'presence', 'welcome', 'reset', 'act', 'time']) {
    drafts.unshift(again)
    if (again === 'act') source.soon()
    else if (again !== 'time') event(again)
    await pass(5_000)
    await answerAll()
    expect([shown(), hasMore()]).toEqual([[again, 'c', 'b', 'a'], false])
    drafts.shift()
  }
})

test('changes that come faster than answers put no answer off, and the last one is asked for', async () => {
  const drafts = ['a']
  const { asked, event, pass, answerAll, shown, shownTimes } = rig(drafts)
  await answerAll()
  for (let nth = 0; nth < 20; nth += 1) {
    event(nth % 2 === 0 ? 'items' : 'presence')
    await pass(10)
  }
  // Asked once while they came, not after the last of them only.
  expect(asked).toHaveLength(3)
  drafts.unshift('b')
  event('items')
  await pass(200)
  // One round at a time.
  expect(asked).toHaveLength(3)
  await answerAll()
  expect([shown(), shownTimes()]).toEqual([['a'], 2])
  await pass(50)
  await answerAll()
  expect([shown(), shownTimes()]).toEqual([['b', 'a'], 3])
  await pass(4_900)
  expect(asked).toEqual([])
  await pass(100)
  expect(asked).toHaveLength(3)
})

test('an answer that is older than an act of this page, or than what is shown, is not shown', async () => {
  const drafts = ['b', 'a']
  const { source, asked, event, pass, answerAll, shown, shownTimes, results } = rig(drafts)
  await answerAll()
  event('items')
  await pass(50)
  const before = asked.splice(0)
  drafts.shift()
  source.soon()
  for (const { answer } of before) answer()
  await pass()
  expect(shownTimes()).toBe(1)
  await answerAll()
  expect([shown(), shownTimes()]).toEqual([['a'], 2])

  // A stream that has begun anew does not wait for what went down with the one before.
  event('items')
  await pass(50)
  const lost = asked.splice(0)
  drafts.unshift('c')
  event('welcome')
  lost[0]?.fail()
  for (const { answer } of lost.slice(1)) answer()
  await pass()
  expect([shownTimes(), results]).toEqual([2, ['done', 'done']])
  await answerAll()
  expect([shown(), shownTimes(), results]).toEqual([['c', 'a'], 3, ['done', 'done', 'done']])
})

test('what was asked for before a stream began anew is shown where it is first, and nothing after the end', async () => {
  const { source, stop, asked, event, pass, answerAll, shownTimes } = rig(['a'])
  await answerAll()
  event('items')
  await pass(50)
  event('reset')
  for (const { answer } of asked.splice(0, 3)) answer()
  await pass()
  expect(shownTimes()).toBe(2)
  stop()
  await answerAll()
  source.soon()
  source.changed()
  event('items')
  await pass(60_000)
  expect([shownTimes(), asked]).toEqual([2, []])
})
