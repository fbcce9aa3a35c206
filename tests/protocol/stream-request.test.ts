import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secretHash } from '../../src/auth/secret.ts'
import { Problem } from '../../src/domain/problem.ts'
import { eventRoutes } from '../../src/http/api/events.ts'
import { createPart } from '../../src/http/app.ts'
import { startOf } from '../../src/log/log.ts'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import { streamRequests } from '../../src/node/streams/socket-request.ts'
import { parseStreamRequest, type StreamRequest } from '../../src/protocol/stream-request.ts'
import { SqliteEditors } from '../../src/store/sqlite/sqlite-editors.ts'
import { runs } from '../support/effort.ts'
import { newsroom } from '../support/samples.ts'

const createdAt = '2026-01-01T00:00:00.000Z'
const now = () => Date.parse(createdAt)
const editors = new SqliteEditors(openSqlite(':memory:'))
await editors.add({ id: 'e', name: 'Ed', role: 'writer', createdAt }, await secretHash('k'))
const deps = { newsroom, editors, now, publicUrl: null, report: () => undefined }
type Read = StreamRequest | { readonly status: number; readonly code: string; readonly detail: string }
type Headers = Readonly<Record<string, string>>

/** How a socket's request is read on Node, without the app. */
const askSocket = streamRequests(deps)
async function bySocket(query: string, headers: Headers): Promise<Read> {
  try {
    return await askSocket({ url: `/v1/socket${query}`, headers } as unknown as IncomingMessage)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { status: error.status, code: error.code, detail: error.message }
  }
}

/** How the route of event streams reads it, here and in Workers' hubs. */
async function byEvents(query: string, headers: Headers): Promise<Read> {
  let read: StreamRequest | undefined
  const app = createPart(deps)
  eventRoutes(app, {
    newsroom,
    events: (request) => {
      read = request
      return new Response('')
    },
  })
  const answer = await app.request(`/v1/events${query}`, { headers })
  if (read !== undefined) return { ...read, credential: read.credential ?? null }
  const { status, code, detail } = (await answer.json()) as { status: number; code: string; detail: string }
  return { status, code, detail }
}

/** Both readings, which must be the same. */
async function read(query: string, headers: Headers = {}): Promise<Read> {
  const events = await byEvents(query, headers)
  const socket = await bySocket(query, headers)
  const withCredential = 'interest' in socket ? { credential: null, ...socket } : socket
  expect([query, withCredential]).toEqual([query, events])
  return events
}

describe('the last event', () => {
  test.each([
    'lastEventId',
    'lastEventID',
    'Last-Event-ID',
    'last-event-id',
    'last_event_id',
    'LASTEVENTID',
    'evs_last_event_id',
  ])('may be named by %s in the address, as libraries do that cannot set the header', async (name) => {
    expect(await read(`?${name}=e.7`)).toMatchObject({ after: { epoch: 'e', seq: 7 } })
    expect(await read(`?${name}=`)).toMatchObject({ after: undefined })
    expect(await read(`?${name}=nonsense`)).toMatchObject({ after: { epoch: '', seq: 0 } })
  })

  test.each([
    ['the header wins over all', '?after=e.1&lastEventId=e.2', 'e.3', 3],
    ['an empty header says nothing', '?after=e.1&lastEventId=e.2', '', 2],
    ['the address wins over after', '?after=e.1&lastEventId=e.2', null, 2],
    ['wherever it stands', '?lastEventId=e.2&after=e.1', null, 2],
    ['an empty one in the address says nothing', '?after=e.1&lastEventId=', null, 1],
    ['without any, after counts', '?after=e.1', null, 1],
    ['of several the last counts, which a library added last', '?lastEventId=e.4&lastEventId=e.5', null, 5],
    ['of several spellings too', '?Last-Event-ID=e.4&lastEventId=e.6', null, 6],
    ['an empty one at the end says nothing', '?lastEventId=e.4&lastEventId=', null, 4],
  ])('%s: %s with %j', async (_, query, header, seq) => {
    const headers: Headers = header === null ? {} : { 'last-event-id': header }
    expect(await read(query, headers)).toMatchObject({ after: { epoch: 'e', seq } })
  })
})

describe('an id that is no cursor of ours', () => {
  const foreign = [
    'null',
    'undefined',
    '0',
    '12',
    '[object Object]',
    'e',
    'e.',
    '.7',
    'e.-1',
    'é.7',
    'x'.repeat(300),
    'e.1, e.2',
  ]
  test.each(foreign)('%s leads to a reset, in the header and in the address, whatever stands in after', async (id) => {
    const reset = { after: { epoch: '', seq: 0 } }
    expect(startOf(reset.after, { epoch: 'e', floor: 1, head: 9 }, 100)).toMatchObject({ reason: 'log-changed' })
    // A header carries bytes: what a browser sends of é is Latin-1 here.
    for (const after of ['', '&after=e.1', '&after=garbage', '&after=now']) {
      expect(await read(`?languages=en${after}`, { 'last-event-id': id })).toMatchObject(reset)
      expect(await read(`?languages=en${after}&lastEventId=${encodeURIComponent(id)}`)).toMatchObject(reset)
    }
    expect(await read(`?after=${encodeURIComponent(id)}`)).toMatchObject({ code: 'cursor-malformed' })
  })

  test('a good id wins over an after that is none', async () => {
    expect(await read('?after=garbage', { 'last-event-id': 'e.3' })).toMatchObject({ after: { seq: 3 } })
    expect(await read('?after=garbage&lastEventId=e.4')).toMatchObject({ after: { seq: 4 } })
  })
})

describe('a reader who comes back after the newsroom has dropped something', () => {
  const cursors: readonly (readonly [string, Headers])[] = [
    ['&after=e.7', {}],
    ['&lastEventId=e.7', {}],
    ['', { 'last-event-id': 'e.7' }],
    ['', { 'last-event-id': 'of another log' }],
  ]
  test.each([
    ['languages=tlh,en', { languages: ['en'], topics: [] }],
    ['languages=en,tlh,FA', { languages: ['en', 'fa'], topics: [] }],
    ['topics=sports,iran', { languages: '*', topics: ['iran'] }],
    ['languages=tlh,en&topics=war,sports,iran,afghanistan', { languages: ['en'], topics: ['afghanistan', 'iran'] }],
  ])('%s is heard by what remains, and is told so', async (query, interest) => {
    for (const [more, headers] of cursors)
      expect(await read(`?${query}${more}`, headers)).toMatchObject({ interest, isNarrowed: true })
    expect(await read(`?${query}`)).toMatchObject({ status: 400, code: 'invalid' })
    expect(await read(`?${query}&after=now`)).toMatchObject({ status: 400, code: 'invalid' })
  })

  test.each([
    'languages=tlh',
    'languages=tlh,qqq',
    'topics=sports',
    'topics=sports,',
    'languages=en&topics=sports,war',
  ])('%s leaves nothing, and is refused rather than widened', async (query) => {
    for (const [more, headers] of cursors)
      expect(await read(`?${query}${more}`, headers)).toMatchObject({ status: 400, code: 'invalid' })
  })

  test('a reader with no dropped names gets no warning', async () => {
    for (const [more, headers] of cursors)
      expect(await read(`?languages=fa,en&topics=iran${more}`, headers)).not.toHaveProperty('isNarrowed')
  })
})

describe('what is asked for', () => {
  const fa = { languages: ['fa', 'en'], topics: ['afghanistan', 'iran'], level: 'urgent', audience: 'public' }
  test.each([
    '?languages=fa,en&topics=iran,afghanistan&level=urgent',
    '?languages=fa&languages=en&topics=iran&topics=afghanistan&level=urgent',
    '?topics=afghanistan&languages=fa,en&level=urgent&topics=iran',
    '?languages=fa,en,fa&topics=iran,iran,afghanistan&level=urgent&audience=public',
    '?languages=FA,%20En&topics=iran,%20afghanistan&level=urgent',
    '?languages=&languages=fa,en&topics=iran,afghanistan&topics=&level=urgent',
    '?padding=true&nocache=1&cb=2&rand=0.3&evs_preamble=2056&languages=fa,en&topics=iran,afghanistan&level=urgent',
    '?languages=,fa,,en,&topics=iran,afghanistan,&level=urgent',
    '?_=1700000000&t=9&languages=fa,en&topics=iran,afghanistan&level=urgent&_=2&t',
  ])('%s is the same interest, however it is written', async (query) => {
    expect(await read(query)).toEqual({ interest: fa, after: undefined, credential: null })
  })

  test.each([
    ['?level=urgent&level=urgent', 'repeated-parameter'],
    ['?level=flash&level=urgent', 'repeated-parameter'],
    ['?after=e.1&after=e.2', 'repeated-parameter'],
    ['?after=&after=e.2', 'repeated-parameter'],
    ['?audience=public&audience=public', 'repeated-parameter'],
    ['?audience=public&audience=test', 'repeated-parameter'],
    ['?audience=test&audience=public', 'repeated-parameter'],
    ['?language=fa', 'unknown-parameter'],
    ['?topic=iran', 'unknown-parameter'],
    ['?T=1', 'unknown-parameter'],
    ['?__=1', 'unknown-parameter'],
    ['?timestamp=1', 'unknown-parameter'],
    ['?limits=5', 'unknown-parameter'],
    ['?limit=0', 'limit-out-of-range'],
    ['?limit=10001', 'limit-out-of-range'],
    ['?limit=5&limit=6', 'repeated-parameter'],
    ['?budget=3999', 'budget-out-of-range'],
    ['?budget=1000001', 'budget-out-of-range'],
    ['?budget=12e3', 'budget-out-of-range'],
    ['?budget=12000.5', 'budget-out-of-range'],
    ['?budget=-12000', 'budget-out-of-range'],
    ['?budget=%2012000', 'budget-out-of-range'],
    ['?heartbeat=1', 'heartbeat-out-of-range'],
    ['?heartbeat=61', 'heartbeat-out-of-range'],
    ['?heartbeat=2s', 'heartbeat-out-of-range'],
    ['?key=x', 'unknown-parameter'],
    ['?__proto__=x', 'unknown-parameter'],
    ['?lastEvent=e.1', 'unknown-parameter'],
    ['?=x', 'unknown-parameter'],
    ['?audience=', 'unknown-audience'],
    ['?audience=Test', 'unknown-audience'],
    ['?audience=everyone', 'unknown-audience'],
    ['?languages=fa&languages=tlh', 'invalid'],
    ['?languages=*,fa', 'invalid'],
    ['?languages=,', 'invalid'],
    ['?topics=sports&level=loud', 'invalid'],
    ['?after=e', 'cursor-malformed'],
  ])('%s is refused in the same words on both ways, with a key too', async (query, code) => {
    const key = { authorization: 'Bearer k' }
    const asksForTest = /audience=test/.test(query)
    expect(await read(query, key)).toMatchObject({ status: 400, code })
    if (!asksForTest) expect(await read(query)).toMatchObject({ status: 400, code })
  })

  test.each(['test', 'all'])('%s needs a key on both ways, and keeps by which', async (audience) => {
    expect(await read(`?audience=${audience}`)).toMatchObject({ status: 403, code: 'test-audience' })
    const heard = await read(`?audience=${audience}`, { authorization: 'Bearer k' })
    expect(heard).toMatchObject({ interest: { audience: 'test' }, credential: { by: 'key' } })
  })
})

test('whatever stands in the address, both ways read the same', async () => {
  const name = fc.constantFrom(
    ...['languages', 'topics', 'level', 'audience', 'after', 'lastEventId', 'Last-Event-ID', '_', 't', 'x', 'Level'],
  )
  const value = fc.oneof(
    fc.constantFrom(...['fa', 'en,fa', '*', 'iran', 'urgent', 'flash', 'public', 'test', 'all', 'e.5', 'now', '', ',']),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
  )
  const header = fc.constantFrom<Headers>({}, { 'last-event-id': 'e.9' }, { 'last-event-id': '' })
  const key = fc.constantFrom<Headers>({}, { authorization: 'Bearer k' }, { authorization: 'Bearer wrong' })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 6 }), header, key, async (pairs, more, who) => {
      await read(`?${new URLSearchParams(pairs)}`, { ...more, ...who })
    }),
    { numRuns: runs(300) },
  )
})

test('thousands of different interests are each what was asked for', () => {
  const levels = ['flash', 'urgent', 'routine'] as const
  const tags = newsroom.languages.map(({ tag }) => tag)
  for (let at = 0; at < 5_000; at += 1) {
    const [first = '', second = ''] = [tags[at % tags.length], tags[(at * 7 + 1) % tags.length]]
    const level = levels[at % 3] ?? 'flash'
    const search = new URLSearchParams({ languages: `${first},${second}`, level, after: `e.${at}` })
    expect(parseStreamRequest(search, newsroom, false)).toEqual({
      interest: { audience: 'public', languages: [...new Set([first, second])], topics: [], level },
      after: { epoch: 'e', seq: at },
    })
  }
})

test.each([
  ['?budget=4000', { budgetBytes: 4_000 }],
  ['?budget=1000000&limit=1', { budgetBytes: 1_000_000, limitEntries: 1 }],
  ['?limit=10000&heartbeat=2', { limitEntries: 10_000, heartbeatSeconds: 2 }],
  ['?heartbeat=60&after=e.7', { heartbeatSeconds: 60 }],
  ['?budget=&limit=&heartbeat=', undefined],
  ['', undefined],
])('%s asks for its terms on both ways', async (query, terms) => {
  const asked = await read(query)
  expect('interest' in asked && asked.terms).toEqual(terms)
})
