import { describe, expect, test } from 'vitest'
import {
  dryRunAnswer,
  historyAnswer,
  pageAnswer,
  problemAnswerSchema,
  publishedAnswer,
} from '../../../src/http/openapi/response-schemas.ts'
import { adminKey, ask, english, newKey, publish } from '../../support/processes/service.ts'

const five = { headline: 'Five killed', summary: 'Police say so.', url: 'https://news.example/1' }
const both = { texts: { en: five, fa: { headline: 'پنج کشته', summary: 'پلیس گفت.' } } }
const note = { en: 'It was four.' }
/** An expiry that is nobody's usual one. */
const soon = new Date(Date.now() + 77 * 60_000).toISOString()

/** What a write must do: exactly what was asked, or nothing. */
export function writeTests(url: () => string): void {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(url(), 'POST', path, body, { 'idempotency-key': newKey(), ...headers })
  const raw = (path: string, body: string | Uint8Array<ArrayBuffer>) =>
    fetch(new URL(path, url()), {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json', 'idempotency-key': newKey() },
      body,
    })
  const problemOf = async (answer: Response) => problemAnswerSchema.parse(await answer.json())
  const alertNow = async (id: string) => {
    const answer = await ask(url(), 'GET', `/v1/alerts/${id}`)
    return { tag: answer.headers.get('etag') ?? '', ...historyAnswer.parse(await answer.json()) }
  }

  describe('writes', () => {
    test('a stale form is refused with what changed, by whom; nothing of it is stored', async () => {
      const { alert } = await publish(url(), both)
      const { tag } = await alertNow(alert.id)
      const first = await post(`/v1/alerts/${alert.id}/correction`, {
        version: 1,
        texts: { en: { headline: 'Four killed' } },
        note,
      })
      expect(first.status).toBe(201)
      const stale = { texts: { en: { summary: 'Two say so.' } } }
      for (const [body, headers] of [
        [{ ...stale, version: 1 }, {}],
        [stale, { 'if-match': tag }],
        [stale, { 'if-match': '"1"' }],
        [stale, { 'if-match': `"7", ${tag}` }],
      ] as const) {
        const refusal = await post(`/v1/alerts/${alert.id}/update`, body, headers)
        expect([refusal.status, headers]).toEqual([409, headers])
        const problem = await problemOf(refusal)
        expect(problem).toMatchObject({
          code: 'alert-changed',
          version: 2,
          alert: { version: 2 },
          changes: [{ version: 2, kind: 'correction' }],
        })
        expect(typeof problem.changes?.[0]?.by).toBe('string')
        expect(problem.differences).toContainEqual({
          pointer: '/texts/en/headline',
          was: 'Five killed',
          is: 'Four killed',
        })
      }
      const { alert: stands, history, tag: newest } = await alertNow(alert.id)
      expect(history).toHaveLength(2)
      // Field by field: the headline was corrected, and nothing else was lost by it.
      expect(stands.texts).toEqual({ ...both.texts, en: { ...five, headline: 'Four killed' } })
      const taken = await post(
        `/v1/alerts/${alert.id}/update`,
        { ...stale, texts: { en: { summary: null, url: null } } },
        { 'if-match': newest },
      )
      expect(publishedAnswer.parse(await taken.json()).alert.texts.en).toEqual({ headline: 'Four killed', summary: '' })
    })

    test('an update keeps the correction before it in its notification and in the feed, and no answer has more than it describes', async () => {
      const { alert } = await publish(url(), both)
      const wrong = { texts: { en: { headline: 'Four killed' } }, note: { en: 'Not five.' } }
      expect((await post(`/v1/alerts/${alert.id}/correction`, wrong)).status).toBe(201)
      const items = async () => {
        const feed = await (await ask(url(), 'GET', '/feeds/en.json')).json()
        return (feed as { items: { _tocsin: { id: string } }[] }).items.filter(({ _tocsin: { id } }) => id === alert.id)
      }
      const [notice] = await items()
      const update = { texts: { en: { headline: 'Ten hurt' } } }
      const tried = await ask(url(), 'POST', `/v1/alerts/${alert.id}/update?dryRun=true`, update)
      const { en } = dryRunAnswer.parse(await tried.json()).previews
      expect(en).toMatchObject({ title: 'Correction: Ten hurt', body: expect.stringMatching(/^Not five\.\n/) })
      expect(
        publishedAnswer.parse(await (await post(`/v1/alerts/${alert.id}/update`, update)).json()).alert.version,
      ).toBe(3)
      expect((await items())[1]).toEqual(notice)
      expect((await alertNow(alert.id)).history).toHaveLength(3)
      const page = await (await ask(url(), 'GET', '/v1/alerts?languages=*&limit=1')).json()
      expect(pageAnswer.parse(page).entries[0]).toMatchObject({ kind: 'update', alert: { id: alert.id } })
      const stale = await post(`/v1/alerts/${alert.id}/update`, { version: 1, texts: { en: { headline: 'No' } } })
      expect(await problemOf(stale)).toMatchObject({ code: 'alert-changed', alert: { version: 3 } })
    })

    test.each([
      ['If-Match and the body contradict each other', { version: 1 }, '"2"', 400, 'invalid'],
      ['If-Match is not in quotes', {}, '1', 400, 'if-match-malformed'],
      ['If-Match is empty', {}, ',', 400, 'if-match-malformed'],
      ['the tag is weak', {}, 'W/"1"', 412, 'precondition-failed'],
      ['the tag is not one of ours', {}, '"abc"', 412, 'precondition-failed'],
      ['the version is in the future', { version: 9 }, null, 409, 'alert-changed'],
      ['the version is a string', { version: '1' }, null, 400, 'invalid'],
    ])('when %s, nothing is changed', async (_, body, ifMatch, status, code) => {
      const { alert } = await publish(url(), both)
      const answer = await post(
        `/v1/alerts/${alert.id}/retraction`,
        { ...body, note },
        ifMatch === null ? {} : { 'if-match': ifMatch },
      )
      expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code])
      expect((await alertNow(alert.id)).alert.version).toBe(1)
    })

    test.each([['*'], ['"1"'], ['"9", "1"'], ['W/"1", "1"']])('If-Match: %s holds for version 1', async (ifMatch) => {
      const { alert } = await publish(url(), both)
      expect((await post(`/v1/alerts/${alert.id}/update`, { level: 'flash' }, { 'if-match': ifMatch })).status).toBe(
        201,
      )
    })

    test('a change sent again under its key is answered as the first time, though the version has moved on', async () => {
      const { alert } = await publish(url(), both)
      const headers = { 'idempotency-key': newKey(), 'if-match': '"1"' }
      const first = await (await post(`/v1/alerts/${alert.id}/update`, { level: 'flash' }, headers)).json()
      await post(`/v1/alerts/${alert.id}/update`, { texts: { en: { headline: 'On' } } })
      for (const tag of ['"1"', '"3"'])
        expect(
          await (
            await post(`/v1/alerts/${alert.id}/update`, { level: 'flash' }, { ...headers, 'if-match': tag })
          ).json(),
        ).toEqual(first)
      const other = await post(`/v1/alerts/${alert.id}/update`, { level: 'flash', version: 1 }, headers)
      expect((await problemOf(other)).code).toBe('idempotency-key-reused')
    })

    test('a dry run makes all checks of the change, and nothing is stored', async () => {
      const { alert } = await publish(url(), both)
      const dryRun = (kind: string, body: object, headers = {}) =>
        ask(url(), 'POST', `/v1/alerts/${alert.id}/${kind}?dryRun=true`, body, headers)
      const told = dryRunAnswer.parse(
        await (await dryRun('correction', { note, texts: { en: { headline: 'Four &amp; no more' } } })).json(),
      )
      expect(Object.keys(told.audience)).toEqual(['en', 'fa'])
      expect(told.previews.en?.title).toContain('Four &amp; no more')
      expect(told.previews.en?.body).toBe('It was four.')
      expect(told.warnings.map(({ pointer }) => pointer)).toContain('/texts/en/headline')
      expect((await dryRun('retraction', { note })).status).toBe(200)
      for (const [kind, body, code] of [
        ['update', { version: 2, level: 'flash' }, 'alert-changed'],
        ['update', { level: 'routine' }, 'level-lowered'],
        ['update', { expiresAt: '2020-01-01T00:00:00Z' }, 'already-expired'],
        ['update', { expiresAt: '9999-01-01T00:00:00Z' }, 'expires-too-late'],
        ['correction', {}, 'invalid'],
        ['update', { texts: { ru: { summary: 'x' } } }, 'invalid'],
      ] as const)
        expect([kind, body, (await problemOf(await dryRun(kind, body))).code]).toEqual([kind, body, code])
      expect((await ask(url(), 'POST', `/v1/alerts/${newKey()}/update?dryRun=true`, { level: 'flash' })).status).toBe(
        404,
      )
      expect((await alertNow(alert.id)).alert).toEqual(alert)
    })

    test('a writer may make a dry run, and not publish', async () => {
      const made = await (await ask(url(), 'POST', '/v1/desk/editors', { name: 'Draughts', role: 'writer' })).json()
      const { key } = made as { key: string }
      const { alert } = await publish(url(), both)
      const as = { authorization: `Bearer ${key}` }
      const draft = { level: 'urgent', ...english('Drafted') }
      expect((await post('/v1/alerts?dryRun=true', draft, as)).status).toBe(200)
      expect((await post(`/v1/alerts/${alert.id}/update?dryRun=true`, { level: 'flash' }, as)).status).toBe(200)
      for (const path of [
        '/v1/alerts',
        '/v1/alerts?dryRun=false',
        `/v1/alerts/${alert.id}/update`,
        `/v1/alerts/${alert.id}/retraction`,
      ])
        expect([path, (await post(path, draft, as)).status]).toEqual([path, 403])
    })

    test.each([
      [
        'a doubled name',
        '{"level":"urgent","audience":"test","audience":"public","texts":{"en":{"headline":"x"}}}',
        '/audience',
      ],
      [
        'one that is escaped',
        '{"level":"urgent","audi\\u0065nce":"test","audience":"public","texts":{"en":{"headline":"x"}}}',
        '/audience',
      ],
      [
        'a doubled field of a text',
        '{"level":"urgent","texts":{"en":{"headline":"x","headline":"y"}}}',
        '/texts/en/headline',
      ],
      [
        '__proto__ among the texts',
        '{"level":"urgent","texts":{"en":{"headline":"x"},"__proto__":{"headline":"y"}}}',
        '/texts/__proto__',
      ],
      [
        'constructor among the texts',
        '{"level":"urgent","texts":{"en":{"headline":"x"},"constructor":{"headline":"y"}}}',
        '/texts/constructor',
      ],
      ['half a surrogate pair', '{"level":"urgent","texts":{"en":{"headline":"x\\ud83d"}}}', '/texts/en/headline'],
      ['a number for a headline', '{"level":"urgent","texts":{"en":{"headline":5}}}', '/texts/en/headline'],
      [
        'a headline that cannot be seen',
        '{"level":"urgent","texts":{"en":{"headline":"\\u200b\\u00ad"}}}',
        '/texts/en/headline',
      ],
    ])('%s is refused, with a pointer to it', async (_, body, pointer) => {
      const answer = await raw('/v1/alerts', body)
      expect(answer.status).toBe(400)
      const { errors = [] } = await problemOf(answer)
      expect(errors.map((it) => it.pointer)).toEqual([pointer])
      expect(errors[0]?.detail).not.toContain('missing')
    })

    test('what a revision does not change or say is sent to nobody: nothing new, a note that nobody reads, a language without words', async () => {
      const { alert } = await publish(url(), { ...both, expiresAt: soon })
      const path = `/v1/alerts/${alert.id}`
      for (const [body, pointer] of [
        [{ level: 'urgent' }, ''],
        [{ texts: { en: { summary: 'Police say so.' } } }, ''],
        [{ note: { ru: 'Нет.' } }, '/note/ru'],
      ] as const)
        for (const dryRun of ['', '?dryRun=true']) {
          const answer = await post(`${path}/update${dryRun}`, body)
          expect([body, answer.status]).toEqual([body, 400])
          const { code, errors } = await problemOf(answer)
          expect([code, errors?.map((it) => it.pointer)]).toEqual(['invalid', [pointer]])
        }
      await post(`${path}/correction`, { note: { en: 'It was four.', fa: 'چهار.' } })
      const body = { texts: { en: { summary: 'Two say so.' } } }
      const told = dryRunAnswer.parse(await (await post(`${path}/update?dryRun=true`, body)).json())
      expect(Object.keys(told.previews)).toEqual(['en'])
      expect(told.audience.fa).toEqual({ push: 0, sockets: 0 })
      const answer = publishedAnswer.parse(await (await post(`${path}/update`, body)).json())
      expect(answer.warnings.map(({ pointer }) => pointer)).toContain('/note/fa')
      expect(answer.alert).toMatchObject({
        status: 'updated',
        untouched: { fa: { status: 'corrected', note: 'چهار.' } },
      })
      const inFa = await ask(
        url(),
        'GET',
        `/v1/alerts?languages=fa&after=${answer.cursor.split('.')[0]}.${answer.seq - 1}`,
      )
      expect(await inFa.json()).toMatchObject({ entries: [], cursor: answer.cursor })
      const newest = (await (await ask(url(), 'GET', '/v1/alerts?languages=fa&limit=1')).json()) as {
        entries: object[]
      }
      expect(newest.entries).toMatchObject([{ kind: 'correction', alert: { status: 'corrected', note: 'چهار.' } }])
    })

    test('an expiry that was given stays through an update', async () => {
      const { alert } = await publish(url(), { ...both, expiresAt: soon })
      const answer = await post(`/v1/alerts/${alert.id}/update`, { texts: { en: { headline: 'Four killed' } } })
      expect(publishedAnswer.parse(await answer.json()).alert.expiresAt).toBe(new Date(soon).toISOString())
    })

    test('an alert’s id is read in any case', async () => {
      const { alert } = await publish(url(), both)
      const capital = alert.id.toUpperCase()
      expect((await alertNow(capital)).alert.id).toBe(alert.id)
      expect((await ask(url(), 'GET', `/v1/alerts/${capital}/delivery`)).status).toBe(200)
      expect((await ask(url(), 'GET', `/en/alerts/${capital}`)).status).toBe(200)
      const answer = publishedAnswer.parse(
        await (await post(`/v1/alerts/${capital}/update`, { level: 'flash' })).json(),
      )
      expect(answer.alert).toMatchObject({ id: alert.id, version: 2 })
      expect((await post(`/v1/alerts/${capital}/stop`, undefined)).status).toBe(200)
    })

    test('two editors use one key, each for what is theirs', async () => {
      const made = await (await ask(url(), 'POST', '/v1/desk/editors', { name: 'Second', role: 'editor' })).json()
      const { key } = made as { key: string }
      const own = { 'idempotency-key': newKey() }
      const draft = { level: 'urgent', ...english('Two of them') }
      const [first, second] = await Promise.all([
        post('/v1/alerts', draft, own),
        post('/v1/alerts', draft, { ...own, authorization: `Bearer ${key}` }),
      ])
      const ids = [first, second].map(async (answer) => publishedAnswer.parse(await answer.json()).alert.id)
      const [one, two] = await Promise.all(ids)
      expect(one).not.toBe(two)
      const again = await post('/v1/alerts', draft, { ...own, authorization: `Bearer ${key}` })
      expect(publishedAnswer.parse(await again.json()).alert.id).toBe(two)
    })

    test('what was taken out of a text is named', async () => {
      const { warnings } = publishedAnswer.parse(
        await (await post('/v1/alerts', { level: 'urgent', ...english('Bell\u0007 rings') })).json(),
      )
      expect(warnings).toContainEqual(
        expect.objectContaining({
          ...{ pointer: '/texts/en/headline', code: 'characters-removed' },
          detail: expect.stringContaining('U+0007'),
        }),
      )
    })

    test.each([
      ['Content-Encoding: gzip', { 'content-encoding': 'gzip' }, 415, 'content-coding'],
      ['Content-Encoding: br', { 'content-encoding': 'br' }, 415, 'content-coding'],
      ['two encodings', { 'content-encoding': 'identity, deflate' }, 415, 'content-coding'],
      ['UTF-16', { 'content-type': 'application/json; charset=utf-16' }, 415, 'charset-not-taken'],
      ['Latin-1 in quotes', { 'content-type': 'application/json;charset="ISO-8859-1"' }, 415, 'charset-not-taken'],
      ['If-None-Match: *', { 'if-none-match': '*' }, 412, 'precondition-failed'],
      ['If-Unmodified-Since', { 'if-unmodified-since': 'Sat, 29 Oct 1994 19:43:31 GMT' }, 412, 'precondition-failed'],
    ] as const)('with %s, no write is done: it is refused, never ignored', async (_, headers, status, code) => {
      const { alert } = await publish(url(), both)
      for (const [method, path, body] of [
        ['POST', '/v1/alerts', { level: 'urgent', ...english('Coded') }],
        ['POST', `/v1/alerts/${alert.id}/retraction`, { note }],
        ['POST', '/v1/desk/session', { key: adminKey }],
        ['POST', '/v1/desk/editors', { name: 'Coded', role: 'editor' }],
        ['POST', '/v1/desk/pause', { reason: 'Coded' }],
        ['POST', '/v1/subscriptions', { subscription: {}, interest: {} }],
      ] as const) {
        const answer = await ask(url(), method, path, body, { 'idempotency-key': newKey(), ...headers })
        expect([path, answer.status, (await problemOf(answer)).code]).toEqual([path, status, code])
      }
      expect((await alertNow(alert.id)).alert.version).toBe(1)
    })

    test.each([
      ['identity', { 'content-encoding': 'identity' }],
      ['UTF-8 as it is often written', { 'content-type': 'Application/JSON; charset="UTF-8"' }],
      ['utf8 without a dash', { 'content-type': 'application/json;charset=utf8' }],
      ['If-Modified-Since, which is for reads', { 'if-modified-since': 'Sat, 29 Oct 1994 19:43:31 GMT' }],
    ])('%s is taken', async (_, headers) => {
      expect((await post('/v1/alerts', { level: 'urgent', ...english('Plain') }, headers)).status).toBe(201)
    })

    test('If-Unmodified-Since beside If-Match says nothing (RFC 9110 §13.1.4)', async () => {
      const { alert } = await publish(url(), both)
      const headers = { 'if-match': '"1"', 'if-unmodified-since': 'Sat, 29 Oct 1994 19:43:31 GMT' }
      expect((await post(`/v1/alerts/${alert.id}/update`, { level: 'flash' }, headers)).status).toBe(201)
    })

    test('a body in Latin-1 is refused, one behind a byte-order mark is taken', async () => {
      const body = JSON.stringify({ level: 'urgent', ...english('Café') })
      expect((await raw('/v1/alerts', Uint8Array.from(Buffer.from(body, 'latin1')))).status).toBe(400)
      expect((await raw('/v1/alerts', `\ufeff${body}`)).status).toBe(201)
    })
  })
}
