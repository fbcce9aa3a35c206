import { expect, test } from 'vitest'
import { newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import { KeptDrafts } from '../../../../src/web/desk/state/kept-drafts.ts'

/** What the Storage of a browser does. */
class MemoryStorage {
  readonly #entries = new Map<string, string>()
  get length() {
    return this.#entries.size
  }
  key(at: number) {
    return [...this.#entries.keys()][at] ?? null
  }
  getItem(name: string) {
    return this.#entries.get(name) ?? null
  }
  setItem(name: string, value: string) {
    this.#entries.set(name, value)
  }
  removeItem(name: string) {
    this.#entries.delete(name)
  }
  clear() {
    this.#entries.clear()
  }
}

function tabs() {
  const local = new MemoryStorage()
  const tab = () => {
    const session = new MemoryStorage()
    return () => new KeptDrafts(() => ({ local, session }))
  }
  return { local, tab }
}

test('a draft is there after the tab was loaded again', () => {
  const load = tabs().tab()
  const draft = { ...newDraft('en'), texts: { en: { headline: 'Quake', summary: '', url: '' } } }
  load().keep(draft)
  expect(load().open()).toEqual(draft)
})

test('two tabs do not write over each other, and a new tab sees both', () => {
  const { tab } = tabs()
  const [one, other, third] = [tab(), tab(), tab()]
  const [first, second] = [newDraft('en'), newDraft('fa')]
  one().keep(first)
  other().keep(second)
  expect([one().open(), other().open(), third().open()]).toEqual([first, second, null])
  expect(third().all()).toEqual([first, second])
  other().forget(second.key)
  expect(third().all()).toEqual([first])
})

test('a browser that keeps nothing is no error', () => {
  const kept = new KeptDrafts(() => {
    throw new Error('The operation is insecure.')
  })
  expect(kept.keep(newDraft('en'))).toBe(false)
  kept.forget('x')
  expect([kept.open(), kept.all()]).toEqual([null, []])
})

test('a draft that an older version of the page kept has no times and no item', () => {
  const { local, tab } = tabs()
  const { times: _times, item: _item, ...older } = newDraft('en')
  const load = tab()
  load().keep(newDraft('en'))
  const [name = ''] = [local.key(0) ?? '']
  local.setItem(name, JSON.stringify(older))
  expect(load().all()[0]).toMatchObject({ item: null, times: { holdSeconds: '' } })
})
