import 'fake-indexeddb/auto'
import { beforeEach, expect, test, vi } from 'vitest'
import { keepMirrorNews, keptMirrorNews } from '../../../../src/web/reader/away/kept-mirror-news.ts'
import { putStored } from '../../../../src/web/shared/browser-storage.ts'

type News = Parameters<typeof keepMirrorNews>[0]

beforeEach(async () => {
  vi.stubGlobal('caches', { has: async () => false })
  await putStored('mirror-news', [])
  return () => vi.unstubAllGlobals()
})

const newsOf = (language: string, head: number, id: string, epoch = 'e1'): News =>
  ({
    ...{ host: 'mirror.example', words: '{host}' },
    statement: { language, epoch, head, at: '2026-03-01T13:00:00.000Z' },
    entries: [{ seq: head, alert: { id, version: 1 } }],
  }) as unknown as News

test('what a mirror had is kept by language, for the alerts that it had', async () => {
  await keepMirrorNews(newsOf('en', 3, 'a'))
  await keepMirrorNews(newsOf('fa', 4, 'b'))
  expect(await keptMirrorNews('en', 'a')).toEqual(newsOf('en', 3, 'a'))
  expect(await keptMirrorNews('fa', 'b')).toEqual(newsOf('fa', 4, 'b'))
  expect(await keptMirrorNews('fa', 'a')).toBeNull()
  expect(await keptMirrorNews('ru', 'a')).toBeNull()
})

test('a later log takes the place of an earlier one, and never the other way round', async () => {
  await keepMirrorNews(newsOf('en', 3, 'a'))
  await keepMirrorNews(newsOf('en', 5, 'b'))
  await keepMirrorNews(newsOf('en', 4, 'c'))
  expect(await keptMirrorNews('en', 'b')).not.toBeNull()
  expect(await keptMirrorNews('en', 'c')).toBeNull()
  // The log began anew.
  await keepMirrorNews(newsOf('en', 1, 'd', 'e2'))
  expect(await keptMirrorNews('en', 'd')).not.toBeNull()
})

test('only the languages that were read last are kept', async () => {
  for (const language of ['en', 'fa', 'ru', 'ka', 'ps', 'tg']) await keepMirrorNews(newsOf(language, 1, 'a'))
  expect(await keptMirrorNews('en', 'a')).toBeNull()
  for (const language of ['fa', 'ru', 'ka', 'ps', 'tg']) expect(await keptMirrorNews(language, 'a')).not.toBeNull()
})

test.each([null, 'x', {}, [null, 'x', {}, { statement: { language: 'en' } }, { entries: [] }]])(
  'whatever the storage has, such as %j, nothing is shown of it and the next is kept',
  async (value) => {
    await putStored('mirror-news', value)
    expect(await keptMirrorNews('en', 'a')).toBeNull()
    await keepMirrorNews(newsOf('en', 1, 'a'))
    expect(await keptMirrorNews('en', 'a')).not.toBeNull()
  },
)
