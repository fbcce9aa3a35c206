import { expect, test } from 'vitest'
import type { Answer } from '../../../../src/web/desk/desk-api.ts'
import { offerSearch } from '../../../../src/web/desk/search/find-items.ts'
import { noSearch } from '../../../../src/web/desk/search/search-state.ts'
import type { DeskState } from '../../../../src/web/desk/state/desk-state.ts'

type Found = { readonly items: readonly { readonly id: string }[]; readonly next?: string }

/** A search with a clock and a service of the test's own. */
function searching() {
  const asked: { readonly path: string; readonly answer: (answer: object) => Promise<void> }[] = []
  let timers: (() => void)[] = []
  let state = { search: noSearch, waiting: [], drafts: [] } as unknown as DeskState
  const told: ((state: DeskState) => void)[] = []
  const store = {
    get state() {
      return state
    },
    set(change: (state: DeskState) => Partial<DeskState>) {
      state = { ...state, ...change(state) }
      for (const tell of told) tell(state)
    },
    onChange: (tell: (state: DeskState) => void) => void told.push(tell),
  }
  const ask = (path: string) =>
    new Promise((resolve) => {
      asked.push({
        path,
        answer: async (answer) => {
          resolve(answer)
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
        },
      })
    })
  const later = (run: () => void) => {
    timers.push(run)
    return () => {
      timers = timers.filter((it) => it !== run)
    }
  }
  const write = offerSearch(store, { ask: ask as never, later })
  const pause = () => {
    const due = timers
    timers = []
    for (const run of due) run()
  }
  return { asked, write, pause, store, search: () => state.search }
}

const done = (...ids: readonly string[]): Answer<Found> =>
  ({ result: 'done', body: { items: ids.map((id) => ({ id })) } }) as unknown as Answer<Found>
const idsOf = ({ search }: { search: () => DeskState['search'] }) => search().found?.map(({ id }) => id)

test('it is looked for when typing pauses, and not before', async () => {
  const desk = searching()
  for (const text of ['q', 'qu', 'quake & co']) desk.write(text)
  expect(desk.asked).toHaveLength(0)
  desk.pause()
  expect(desk.asked.map(({ path }) => new URL(path, 'http://x').searchParams.get('q'))).toEqual(['quake & co'])
  await desk.asked[0]?.answer(done('one'))
  expect([idsOf(desk), desk.search().state]).toEqual([['one'], 'done'])
})

test('of two answers that come in the wrong order, that to what was typed last is shown', async () => {
  const desk = searching()
  desk.write('first')
  desk.pause()
  desk.write('second')
  desk.pause()
  await desk.asked[1]?.answer(done('of the second'))
  await desk.asked[0]?.answer(done('of the first'))
  expect(idsOf(desk)).toEqual(['of the second'])
})

test('an answer that comes after the field was emptied is not shown', async () => {
  const desk = searching()
  desk.write('first')
  desk.pause()
  desk.write('  ')
  await desk.asked[0]?.answer(done('one'))
  desk.pause()
  expect([desk.search().found, desk.asked.length]).toEqual([null, 1])
})

test('what is found is looked for again when the lists have changed, and only then', async () => {
  const desk = searching()
  desk.store.set(() => ({ waiting: [] }))
  desk.pause()
  expect(desk.asked).toHaveLength(0)
  desk.write('quake')
  desk.pause()
  await desk.asked[0]?.answer(done('one'))
  desk.store.set(() => ({ now: 5 }))
  desk.pause()
  expect(desk.asked).toHaveLength(1)
  desk.store.set(() => ({ drafts: [] }))
  desk.pause()
  await desk.asked[1]?.answer(done('one', 'two'))
  expect(idsOf(desk)).toEqual(['one', 'two'])
})

test('without an answer it says so, and the next keystroke tries again', async () => {
  const desk = searching()
  desk.write('quake')
  desk.pause()
  await desk.asked[0]?.answer({ result: 'lost' })
  expect(desk.search()).toMatchObject({ state: 'done', error: 'lost' })
  desk.write('quakes')
  desk.pause()
  await desk.asked[1]?.answer(done())
  expect(desk.search()).toMatchObject({ state: 'done', error: '', found: [] })
})
