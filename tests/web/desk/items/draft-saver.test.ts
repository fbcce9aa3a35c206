import { expect, test } from 'vitest'
import type { Answer } from '../../../../src/web/desk/desk-api.ts'
import { type DeskDraft, newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { DraftSaver } from '../../../../src/web/desk/items/draft-saver.ts'
import type { Saving } from '../../../../src/web/desk/state/desk-state.ts'

type Asked = {
  readonly path: string
  readonly method: string
  readonly key?: string
  readonly body: Record<string, unknown>
}

const item = (version: number, changed: object = {}) =>
  ({ id: 'one', version, state: 'draft', kind: 'alert', texts: {}, topics: [], ...changed }) as unknown as DeskItem

/** A saver whose requests are answered by hand, and whose pauses end by hand. */
function rig() {
  let draft: DeskDraft = { ...newDraft('en'), key: 'k' }
  const asked: Asked[] = []
  const answers: ((answer: Answer<unknown>) => void)[] = []
  const timers = new Map<number, () => void>()
  const savings: Saving['state'][] = []
  const overtaken: DeskItem[] = []
  let isHeldUp = false
  const saver = new DraftSaver({
    ask: ((path: string, { method = 'GET', key, body }: { method?: string; key?: string; body?: object }) => {
      asked.push({ path, method, ...(key === undefined ? {} : { key }), body: { ...body } })
      return new Promise((resolve) => answers.push(resolve as (answer: Answer<unknown>) => void))
    }) as ConstructorParameters<typeof DraftSaver>[0]['ask'],
    draft: () => draft,
    isHeldUp: () => isHeldUp,
    onSaved: (key, kept) => {
      if (draft.key === key) draft = { ...draft, item: kept }
    },
    onSending: () => {},
    onSaving: ({ state }) => savings.push(state),
    onOvertaken: (it) => overtaken.push(it),
    onSignedOut: () => savings.push('none'),
    later: (run) => {
      const id = timers.size + 1
      timers.set(id, run)
      return id
    },
    notLater: (id) => void timers.delete(id),
  })
  return {
    saver,
    asked,
    savings,
    overtaken,
    timers,
    holdUp: () => {
      isHeldUp = true
    },
    type: (headline: string) => {
      draft = { ...draft, texts: { en: { headline, summary: '', url: '' } } }
      saver.changed()
    },
    pause: () => {
      for (const [id, run] of [...timers]) {
        timers.delete(id)
        run()
      }
    },
    answer: async (answer: Answer<unknown>) => {
      answers.shift()?.(answer)
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
    },
    draft: () => draft,
  }
}

const done = (version: number): Answer<unknown> => ({ result: 'done', status: 200, body: { item: item(version) } })
const refused = (changed: object): Answer<unknown> => ({
  result: 'refused',
  problem: { type: '', title: '', status: 409, code: 'item-changed', detail: 'Changed.', ...changed },
})

test('a draft is stored at a pause in typing, once, and then as a newer version of the same item', async () => {
  const { type, pause, asked, answer, saver, draft } = rig()
  type('Q')
  type('Quake')
  pause()
  expect(asked).toEqual([
    {
      path: '/v1/desk/items',
      method: 'POST',
      key: 'k.item',
      body: { kind: 'alert', topics: [], texts: { en: { headline: 'Quake', summary: '' } } },
    },
  ])
  await answer(done(1))
  expect(draft().item).toMatchObject({ id: 'one', version: 1 })
  type('Quake in Herat')
  pause()
  expect(asked[1]).toMatchObject({ path: '/v1/desk/items/one', method: 'PUT', body: { version: 1 } })
  await answer(done(2))
  expect(await saver.save()).toBe(true)
  expect(asked.length).toBe(2)
})

test('what is typed while a request is under way follows it, and never beside it', async () => {
  const { type, pause, asked, answer, draft } = rig()
  type('Quake')
  pause()
  type('Quake in Herat')
  pause()
  expect(asked.length).toBe(1)
  await answer(done(1))
  expect(asked.length).toBe(2)
  expect(asked[1]?.body.texts).toEqual({ en: { headline: 'Quake in Herat', summary: '' } })
  await answer(done(2))
  expect(draft().item?.version).toBe(2)
})

test('a first request without an answer is repeated word for word, so that it makes one item', async () => {
  const { type, pause, asked, answer, savings, draft } = rig()
  type('Quake')
  pause()
  await answer({ result: 'lost' })
  expect(savings.at(-1)).toBe('unanswered')
  for (let more = 0; more < 2; more += 1) await answer({ result: 'lost' })
  const before = asked.length
  type('Quake in Herat')
  pause()
  expect(asked[before]).toEqual(asked[0])
  await answer(done(1))
  // Then what was typed since.
  expect(asked.at(-1)).toMatchObject({ method: 'PUT', body: { texts: { en: { headline: 'Quake in Herat' } } } })
  await answer(done(2))
  expect(draft().item?.version).toBe(2)
})

test('another editor’s version is told, and nothing is stored over it', async () => {
  const { type, pause, answer, overtaken, asked, holdUp, saver } = rig()
  type('Quake')
  pause()
  await answer(done(1))
  type('Quake in Herat')
  pause()
  holdUp()
  await answer(refused({ item: item(2, { texts: { en: { headline: 'Quake in Balkh' } } }) }))
  expect(overtaken.map(({ version }) => version)).toEqual([2])
  const again = saver.save()
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  expect(asked.length).toBe(2)
  expect(await again).toBe(false)
})

test('a version that says what was sent is one’s own, whose answer was lost', async () => {
  const { type, pause, answer, overtaken, draft } = rig()
  type('Quake')
  pause()
  await answer(done(1))
  type('Quake in Herat')
  pause()
  await answer(refused({ item: item(2, { texts: { en: { headline: 'Quake in Herat' } } }) }))
  expect([overtaken, draft().item?.version]).toEqual([[], 2])
})

test('a blank draft is not stored', async () => {
  const { saver, asked, type, pause } = rig()
  type(' ')
  pause()
  await saver.save()
  expect(asked).toEqual([])
})
