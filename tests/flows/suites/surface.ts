import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import {
  dryRunAnswer,
  historyAnswer,
  newsroomAnswer,
  pageAnswer,
  problemAnswerSchema,
  publishedAnswer,
} from '../../../src/http/openapi/response-schemas.ts'
import { serverMessages } from '../../../src/protocol/message-schemas.ts'
import { watchAnswers } from '../../support/openapi-check.ts'
import { adminKey, ask, english, newKey, publish, revise } from '../../support/processes/service.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'
import { hostsWithoutHarm } from '../requests/host-rules.ts'
import { articleTests } from './articles.ts'
import { alertRaceTests } from './desk/alert-races.ts'
import { repeatedPostTests } from './desk/repeated-posts.ts'
import { deskEventTests } from './desk-events.ts'
import { deskTogetherTests } from './desk-together.ts'
import { itemTests } from './items.ts'
import { messageTests } from './messages.ts'
import { readerPageTests } from './pages/reader-pages.ts'
import { shortConnectionTests } from './streams/short-connections.ts'
import { templateTests } from './templates.ts'
import { writeTests } from './writes.ts'

/** A running service behind some door. */
export type Door = { readonly url: string; readonly close: () => Promise<unknown> }

const bilingual = {
  texts: {
    en: { headline: 'Monitors report', summary: 'They say so.', url: 'https://news.example/1' },
    fa: { headline: 'گزارش ناظران', summary: '' },
  },
  topics: ['afghanistan'],
}

async function json<Schema extends z.ZodType>(answer: Response, schema: Schema): Promise<z.output<Schema>> {
  return schema.parse(await answer.json())
}

/** What the surface must do, whatever stands behind it. */
export function surfaceSuite(name: string, open: () => Promise<Door>): void {
  describe(`the surface on ${name}`, () => {
    let door: Door
    let url = ''
    let described = () => {}
    beforeAll(async () => {
      door = await open()
      url = door.url
      described = await watchAnswers(url)
    })
    // Red by itself when an answer was not as described.
    afterAll(() => door.close().finally(described))

    const plain = (path: string, init?: RequestInit) => fetch(new URL(path, url), { redirect: 'manual', ...init })
    /** Waits until a reader's own position is this one. */
    const standsAt = (listener: Awaited<ReturnType<typeof listenRaw>>, cursor: string) =>
      expect
        .poll(async () => {
          listener.socket.send('ping')
          return listener.frames.findLast(({ type }) => type === 'head')?.cursor
        })
        .toBe(cursor)
    const headOf = async () => (await json(await plain('/v1/alerts?after=now'), pageAnswer)).head

    test('requests for hosts that are none take nobody else down', () => hostsWithoutHarm(url))

    describe('publishing', () => {
      test('an alert is answered as it stands, and can be read at once by everyone', async () => {
        const answer = await ask(
          url,
          'POST',
          '/v1/alerts',
          { level: 'urgent', ...bilingual },
          { 'idempotency-key': newKey() },
        )
        expect(answer.status).toBe(201)
        const { alert, cursor } = await json(answer, publishedAnswer)
        expect(answer.headers.get('location')).toBe(`/v1/alerts/${alert.id}`)
        expect(alert).toMatchObject({ version: 1, status: 'live', audience: 'public', ...bilingual })
        expect(Date.parse(alert.expiresAt) - Date.parse(alert.publishedAt)).toBe(4 * 3_600_000)
        const read = await json(await plain(`/v1/alerts/${alert.id}`), historyAnswer)
        expect(read.alert).toEqual(alert)
        expect(read.history).toHaveLength(1)
        expect(await headOf()).toBe(cursor)
      })

      test('the same key and body is answered as the first time, another body is refused, and nothing is doubled', async () => {
        const key = newKey()
        const both = await Promise.all([publish(url, english('Once'), key), publish(url, english('Once'), key)])
        expect(both[0]).toEqual(both[1])
        const head = await headOf()
        const other = await ask(
          url,
          'POST',
          '/v1/alerts',
          { level: 'flash', ...english('Twice') },
          { 'idempotency-key': key },
        )
        expect(other.status).toBe(409)
        expect((await json(other, problemAnswerSchema)).code).toBe('idempotency-key-reused')
        expect(await headOf()).toBe(head)
      })

      test('a correction and a retraction go on the same alert; a second retraction is refused', async () => {
        const { alert } = await publish(url, bilingual)
        const corrected = await revise(url, alert.id, 'correction', { note: { en: 'The number was wrong.' } })
        expect(corrected.alert).toMatchObject({ id: alert.id, version: 2, status: 'corrected' })
        const retracted = await revise(url, alert.id, 'retraction', { note: { en: 'Not so.' } })
        expect(retracted.alert).toMatchObject({ version: 3, status: 'retracted', note: { en: 'Not so.' } })
        const again = await ask(
          url,
          'POST',
          `/v1/alerts/${alert.id}/retraction`,
          { note: { en: 'x' } },
          { 'idempotency-key': newKey() },
        )
        expect(again.status).toBe(409)
        const { history } = await json(await plain(`/v1/alerts/${alert.id}`), historyAnswer)
        expect(history.map(({ kind }) => kind)).toEqual(['alert', 'correction', 'retraction'])
      })

      test('a dry run counts who would be reached, warns, and stores nothing', async () => {
        const head = await headOf()
        const listener = await listenRaw(url, '?languages=fa')
        await listener.frame(({ type }) => type === 'welcome')
        const draft = {
          level: 'urgent',
          texts: { fa: { headline: 'Not Persian at all, and far too long for any telephone to show' } },
        }
        const answer = await ask(url, 'POST', '/v1/alerts?dryRun=true', draft)
        expect(answer.status).toBe(200)
        const told = await json(answer, dryRunAnswer)
        expect(told.audience).toEqual({ fa: { push: 0, sockets: 1 } })
        expect(told.warnings.map(({ pointer }) => pointer)).toEqual(['/texts/fa/headline', '/texts/fa/headline'])
        expect(told.previews.fa).toMatchObject({ lang: 'fa', dir: 'rtl' })
        expect(await headOf()).toBe(head)
        await hangUp(listener)
      })
    })

    writeTests(() => url)
    alertRaceTests(() => url)
    repeatedPostTests(() => url)
    itemTests(() => url)
    deskEventTests(() => url)
    deskTogetherTests(() => url)

    articleTests(() => url)

    templateTests(() => url)
    readerPageTests(() => url)

    describe('the messages of its streams', () => messageTests(() => url))
    describe('short connections', () => shortConnectionTests(() => url))

    describe('the socket', () => {
      test('sends a welcome and live entries, and resumes after a break without loss or repeat', async () => {
        const first = await listenRaw(url, '?languages=fa,en')
        const welcome = await first.frame(({ type }) => type === 'welcome')
        expect(serverMessages.welcome.parse(welcome)).toMatchObject({ resume: 'live' })
        const one = await publish(url, bilingual)
        const told = await first.frame(({ seq }) => seq === one.seq)
        expect(serverMessages.alert.parse(told)).toMatchObject({ kind: 'alert', alert: { language: 'fa', dir: 'rtl' } })
        expect(told.alert).not.toHaveProperty('texts')
        const cursor = first.cursor()
        await hangUp(first)
        const missed = [await publish(url, english('Missed 1')), await publish(url, english('Missed 2'))]
        const second = await listenRaw(url, `?languages=fa,en&after=${cursor}`)
        await second.frame(({ type }) => type === 'live')
        expect(second.frames.map(({ type }) => type)).toEqual(['welcome', 'alert', 'alert', 'live'])
        expect(second.seqs()).toEqual(missed.map(({ seq }) => seq))
        const more = await publish(url, english('After'))
        await second.frame(({ seq }) => seq === more.seq)
        await hangUp(second)
      })

      test('everyone of one language is sent identical bytes', async () => {
        const listeners = await Promise.all(
          ['?languages=en', '?languages=ru,en', '?languages=en&topics=iran'].map((query) => listenRaw(url, query)),
        )
        const { seq } = await publish(url, { ...bilingual, topics: [] })
        await Promise.all(listeners.map(({ frame }) => frame((it) => it.seq === seq)))
        const texts = listeners.map(({ texts }) => texts.find((text) => text.includes(`"seq":${seq},`)))
        expect(new Set(texts).size).toBe(1)
        for (const listener of listeners) await hangUp(listener)
      })

      test('interests are respected, and can be changed on the way', async () => {
        const listener = await listenRaw(url, `?languages=ru&topics=iran&level=flash&after=${await headOf()}`)
        await listener.frame(({ type }) => type === 'welcome')
        const { cursor } = await publish(url, bilingual)
        // An interest holds for what comes after the reader's own position; which process is how far is not known here.
        await standsAt(listener, cursor)
        listener.socket.send(
          JSON.stringify({ type: 'interest', languages: ['en'], topics: ['afghanistan'], level: 'routine' }),
        )
        const said = await listener.frame(({ type }) => type === 'interest')
        expect(said.interest).toEqual({ languages: ['en'], topics: ['afghanistan'], level: 'routine' })
        const { seq } = await publish(url, bilingual)
        await listener.frame((it) => it.seq === seq)
        expect(listener.seqs()).toEqual([seq])
        await hangUp(listener)
      })

      test('ping is answered with the position, which moves though nothing was for this reader', async () => {
        const listener = await listenRaw(url, '?languages=hu')
        const { cursor } = await publish(url, bilingual)
        await standsAt(listener, cursor)
        expect(listener.seqs()).toEqual([])
        await hangUp(listener)
      })

      test.each([
        ['another log', 'zzzz.1', 'log-changed'],
        ['the future', null, 'cursor-ahead'],
      ])('a cursor of %s is reset with a way to read how things stand', async (_, given, reason) => {
        const cursor = given ?? `${(await headOf()).split('.')[0]}.999999`
        const listener = await listenRaw(url, `?languages=en&after=${cursor}`)
        const reset = await listener.frame(({ type }) => type === 'reset')
        expect(serverMessages.reset.parse(reset)).toMatchObject({ reason })
        expect((await plain(String(reset.snapshot))).status).toBe(200)
        const { seq } = await publish(url, english('Then on'))
        await listener.frame((it) => it.seq === seq)
        await hangUp(listener)
      })

      test.each([
        ['not JSON', 'hello', 'malformed-json'],
        ['a list', '[]', 'unknown-message'],
        ['null', 'null', 'unknown-message'],
        ['an unknown type', '{"type":"subscribe"}', 'unknown-message'],
        ['an unknown field', '{"type":"interest","x":1}', 'invalid'],
        ['an unknown language', '{"type":"interest","languages":["tlh"]}', 'invalid'],
        ['no language at all', '{"type":"interest","languages":[]}', 'invalid'],
        ['too long', `{"type":"interest","topics":["${'x'.repeat(5_000)}"]}`, 'message-too-large'],
        ['bytes', Buffer.from([1, 2, 3]), 'binary-message'],
      ])(
        'a message that is %s gets an error frame each time; the first does not end the socket',
        async (_, message, code) => {
          const listener = await listenRaw(url)
          listener.socket.send(message)
          expect(await listener.frame(({ type }) => type === 'error')).toMatchObject({ code })
          if (code !== 'message-too-large') for (let count = 0; count < 15; count += 1) listener.socket.send(message)
          expect(await listener.closed).toBe(4002)
          expect(listener.frames.at(-1)).toMatchObject({ type: 'error', code })
        },
      )

      test('what an interest leaves out stays as it was', async () => {
        const listener = await listenRaw(url, '?languages=fa,en&topics=iran&level=urgent')
        const said = async (message: object) => {
          const told = () => listener.frames.filter(({ type }) => type === 'interest')
          const before = told().length
          listener.socket.send(JSON.stringify({ type: 'interest', ...message }))
          await expect.poll(() => told().length).toBe(before + 1)
          return told().at(-1)?.interest
        }
        const interest = { languages: ['fa', 'en'], topics: ['iran'], level: 'urgent' }
        expect(await said({ level: 'flash' })).toEqual({ ...interest, level: 'flash' })
        expect(await said({ topics: [] })).toEqual({ ...interest, topics: [], level: 'flash' })
        expect(await said({ languages: '*' })).toEqual({ languages: '*', topics: [], level: 'flash' })
        expect(await said({})).toEqual({ languages: '*', topics: [], level: 'flash' })
        await hangUp(listener)
      })

      test.each([
        ['?languages=tlh', 400, 'invalid'],
        ['?topics=sports', 400, 'invalid'],
        ['?level=loud', 400, 'invalid'],
        ['?after=nonsense', 400, 'cursor-malformed'],
        ['?langs=fa', 400, 'unknown-parameter'],
        ['?audience=test', 403, 'test-audience'],
        ['?audience=all', 403, 'test-audience'],
        ['?audience=everyone', 400, 'unknown-audience'],
      ])('%s is a problem before the upgrade', async (query, status, code) => {
        const refused = await listenRaw(url, query).catch((error: unknown) => error)
        expect(refused).toMatchObject({ status })
        expect(problemAnswerSchema.parse(JSON.parse((refused as Error).message)).code).toBe(code)
      })

      test('our sub-protocol is agreed on, among others too; only unknown ones are refused', async () => {
        const ours = await listenRaw(url, '', { protocols: ['other', 'tocsin.v1.json'] })
        expect(ours.socket.protocol).toBe('tocsin.v1.json')
        await hangUp(ours)
        await expect(listenRaw(url, '', { protocols: ['graphql-ws'] })).rejects.toMatchObject({ status: 400 })
      })
    })

    describe('the event stream', () => {
      async function eventsOf(
        query: string,
        headers: Record<string, string>,
        until: string | readonly string[],
      ): Promise<{ text: string; answer: Response }> {
        const stop = new AbortController()
        const answer = await plain(`/v1/events${query}`, { headers, signal: stop.signal })
        let text = ''
        if (answer.body)
          for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
            text += chunk
            if ([until].flat().some((end) => text.includes(end))) break
          }
        stop.abort()
        return { text, answer }
      }

      test('says how to come back first, then the position, and sends each event with its cursor', async () => {
        const listening = eventsOf('?languages=en', {}, 'Streamed')
        await sleep(100)
        const { cursor } = await publish(url, english('Streamed'))
        const { text, answer } = await listening
        expect(answer.headers.get('content-type')).toContain('text/event-stream')
        expect(answer.headers.get('cache-control')).toBe('no-cache, no-transform')
        expect(answer.headers.get('x-accel-buffering')).toBe('no')
        expect(text).toMatch(/^retry: \d+\n\nid: \S+\nevent: head\ndata: \{.*\}\n\n/)
        expect(text).toContain(`id: ${cursor}\nevent: alert\ndata: {"type":"alert"`)
      })

      test('Last-Event-ID wins over after, and the replay ends with live', async () => {
        const one = await publish(url, english('One'))
        const two = await publish(url, english('Two'))
        // Of several processes one may not have heard of the second yet: then the reader is live at once, and is told so.
        let text = ''
        const hear = async () => {
          const ends = ['event: live', 'event: head'] as const
          const heard = await eventsOf(`?languages=en&after=${two.cursor}`, { 'last-event-id': one.cursor }, ends)
          text = heard.text
          return text
        }
        await expect.poll(hear).toContain('event: live')
        expect(text).toContain(`id: ${two.cursor}\nevent: alert`)
        expect(text).not.toContain(`id: ${one.cursor}\n`)
        expect(text.indexOf('event: live')).toBeGreaterThan(text.indexOf('event: alert'))
      })

      test('bad parameters are a problem, and HEAD does not hang', async () => {
        expect((await plain('/v1/events?languages=tlh')).status).toBe(400)
        expect((await plain('/v1/events', { method: 'HEAD' })).status).toBe(200)
      })
    })

    describe('catching up over plain HTTP', () => {
      test('page by page after a cursor, oldest first, without gap or repeat', async () => {
        const start = await headOf()
        const made = []
        for (let count = 0; count < 5; count += 1) made.push((await publish(url, english(`Page ${count}`))).seq)
        const seen: number[] = []
        for (let cursor = start; seen.length < 5; ) {
          const page = await json(await plain(`/v1/alerts?languages=en&limit=2&after=${cursor}`), pageAnswer)
          seen.push(...page.entries.map(({ seq }) => seq))
          cursor = page.cursor
        }
        expect(seen).toEqual(made)
      })

      test('a narrow interest still moves on, and a foreign cursor is an explicit reset', async () => {
        const { cursor } = await publish(url, bilingual)
        const page = await json(await plain(`/v1/alerts?languages=hu&after=${cursor.split('.')[0]}.0`), pageAnswer)
        expect(page).toMatchObject({ entries: [], cursor })
        const foreign = await json(await plain('/v1/alerts?after=zzzz.1'), pageAnswer)
        expect(foreign.reset).toMatchObject({ reason: 'log-changed' })
      })

      test('an unchanged page is answered 304', async () => {
        const first = await plain('/v1/alerts?languages=en')
        const tag = first.headers.get('etag') ?? ''
        expect(tag).not.toBe('')
        expect((await plain('/v1/alerts?languages=en', { headers: { 'if-none-match': tag } })).status).toBe(304)
        await publish(url, english('News'))
        expect((await plain('/v1/alerts?languages=en', { headers: { 'if-none-match': tag } })).status).toBe(200)
      })

      test('the newsroom says what can be chosen, with the key browsers subscribe with', async () => {
        const newsroom = await json(await plain('/v1/newsroom'), newsroomAnswer)
        expect(newsroom.languages).toContainEqual({ tag: 'fa', name: 'فارسی', dir: 'rtl', script: 'Arab' })
        expect(newsroom.vapidPublicKey).toMatch(/^B[\w-]{86}$/)
      })
    })

    describe('the test audience', () => {
      test('no public route shows a test alert, and editors who ask for tests are sent only tests', async () => {
        const key = { authorization: `Bearer ${adminKey}` }
        const head = await headOf()
        const everyone = await listenRaw(url, `?after=${head}`)
        const tester = await listenRaw(url, `?audience=test&after=${head}`, { headers: key })
        const desk = await listenRaw(url, `?audience=all&after=${head}`, { headers: key })
        const drill = await publish(url, { ...english('THIS IS A DRILL'), audience: 'test' })
        const real = await publish(url, english('This is real'))
        await everyone.frame(({ seq }) => seq === real.seq)
        await tester.frame(({ seq }) => seq === drill.seq)
        tester.socket.send('ping')
        await tester.frame(({ type, cursor }) => type === 'head' && cursor === real.cursor)
        expect(everyone.seqs()).toEqual([real.seq])
        expect(tester.seqs()).toEqual([drill.seq])
        await desk.frame(({ seq }) => seq === real.seq)
        expect(desk.seqs()).toEqual([drill.seq, real.seq])
        for (const audience of ['public', 'test']) {
          const draft = { level: 'urgent', audience, ...english('How many?') }
          const told = await json(await ask(url, 'POST', '/v1/alerts?dryRun=true', draft), dryRunAnswer)
          // One listens there as a reader of every language; the desk is nobody's reader.
          expect(told.audience).toMatchObject({ en: { push: 0, sockets: 0 }, '*': { push: 0, sockets: 1 } })
        }
        const doors = [
          '/v1/alerts?limit=500',
          `/v1/alerts?after=${drill.cursor.split('.')[0]}.0&limit=500`,
          '/feeds/en.atom',
          '/feeds/en.json',
          '/en/',
        ]
        for (const path of doors) {
          const text = await (await plain(path)).text()
          expect([path, text.includes('This is real')]).toEqual([path, true])
          expect([path, text.includes('DRILL')]).toEqual([path, false])
        }
        expect((await plain(`/v1/alerts/${drill.alert.id}`)).status).toBe(404)
        expect((await plain(`/en/alerts/${drill.alert.id}`)).status).toBe(404)
        expect((await plain('/v1/alerts?audience=test')).status).toBe(403)
        const tests = await json(await ask(url, 'GET', '/v1/alerts?audience=test'), pageAnswer)
        expect(tests.entries.map(({ seq }) => seq)).toEqual([drill.seq])
        const shown = await json(await ask(url, 'GET', `/v1/alerts/${drill.alert.id}`), historyAnswer)
        expect(shown.alert.audience).toBe('test')
        await hangUp(everyone)
        await hangUp(tester)
        await hangUp(desk)
      })
    })

    describe('other origins', () => {
      const origin = { origin: 'https://elsewhere.example' }

      test('may read what is public, and nothing else', async () => {
        for (const path of ['/v1/newsroom', '/v1/alerts', '/feeds/en.atom', '/openapi.json'])
          expect((await plain(path, { headers: origin })).headers.get('access-control-allow-origin')).toBe('*')
        for (const path of ['/v1/desk/session', '/v1/desk/editors', '/desk', '/metrics'])
          expect((await plain(path, { headers: origin })).headers.get('access-control-allow-origin')).toBeNull()
        const asked = { ...origin, 'access-control-request-method': 'POST' }
        for (const path of ['/v1/alerts', '/v1/subscriptions', '/v1/desk/session'])
          expect(
            (await plain(path, { method: 'OPTIONS', headers: asked })).headers.get('access-control-allow-origin'),
          ).toBeNull()
      })

      test("the desk's cookie does not count for them", async () => {
        const signedIn = await plain('/v1/desk/session', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ key: adminKey }),
        })
        expect(signedIn.status).toBe(201)
        const set = signedIn.headers.get('set-cookie') ?? ''
        expect(set).toMatch(/HttpOnly/)
        expect(set).toMatch(/SameSite=Strict/)
        const cookie = set.split(';')[0] ?? ''
        expect((await plain('/v1/desk/session', { headers: { cookie } })).status).toBe(200)
        expect((await plain('/v1/desk/session', { headers: { cookie, ...origin } })).status).toBe(403)
        const stranger = { cookie, 'sec-fetch-site': 'cross-site' }
        const refused = await plain('/v1/desk/session', { headers: stranger })
        expect([refused.status, (await json(refused, problemAnswerSchema)).code]).toEqual([403, 'foreign-origin'])
        expect((await plain('/v1/alerts?after=now', { headers: stranger })).status, 'readers need no session').toBe(200)
        expect((await plain('/v1/desk/session', { method: 'DELETE', headers: { cookie } })).status).toBe(204)
        expect((await plain('/v1/desk/session', { headers: { cookie } })).status).toBe(401)
      })
    })
  })
}
