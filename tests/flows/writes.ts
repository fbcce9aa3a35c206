import { describe, expect, test } from 'vitest'
import { historyAnswer, problemAnswerSchema, publishedAnswer, rehearsalAnswer } from '../../src/http/answers.ts'
import { adminKey, ask, english, newKey, publish } from '../support/service.ts'

const five = { headline: 'Five killed', summary: 'Police say so.', url: 'https://news.example/1' }
const both = { texts: { en: five, fa: { headline: 'پنج کشته', summary: 'پلیس گفت.' } } }
const note = { en: 'It was four.' }

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

    test('a change is rehearsed by all that it is checked for, and nothing is stored', async () => {
      const { alert } = await publish(url(), both)
      const rehearse = (kind: string, body: object, headers = {}) =>
        ask(url(), 'POST', `/v1/alerts/${alert.id}/${kind}?dryRun=true`, body, headers)
      const told = rehearsalAnswer.parse(
        await (await rehearse('correction', { note, texts: { en: { headline: 'Four &amp; no more' } } })).json(),
      )
      expect(Object.keys(told.audience)).toEqual(['en', 'fa'])
      expect(told.previews.en?.title).toContain('Four &amp; no more')
      expect(told.previews.en?.body).toBe('It was four.')
      expect(told.warnings.map(({ pointer }) => pointer)).toContain('/texts/en/headline')
      expect((await rehearse('retraction', { note })).status).toBe(200)
      for (const [kind, body, code] of [
        ['update', { version: 2, level: 'flash' }, 'alert-changed'],
        ['update', { level: 'routine' }, 'level-lowered'],
        ['update', { expiresAt: '2020-01-01T00:00:00Z' }, 'already-expired'],
        ['update', { expiresAt: '9999-01-01T00:00:00Z' }, 'expires-too-late'],
        ['correction', {}, 'invalid'],
        ['update', { texts: { ru: { summary: 'x' } } }, 'invalid'],
      ] as const)
        expect([kind, body, (await problemOf(await rehearse(kind, body))).code]).toEqual([kind, body, code])
      expect((await ask(url(), 'POST', `/v1/alerts/${newKey()}/update?dryRun=true`, { level: 'flash' })).status).toBe(
        404,
      )
      expect((await alertNow(alert.id)).alert).toEqual(alert)
    })

    test('a writer may rehearse, and publish nothing', async () => {
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

    test('a body in Latin-1 is refused, one behind a byte-order mark is taken', async () => {
      const body = JSON.stringify({ level: 'urgent', ...english('Café') })
      expect((await raw('/v1/alerts', Uint8Array.from(Buffer.from(body, 'latin1')))).status).toBe(400)
      expect((await raw('/v1/alerts', `\ufeff${body}`)).status).toBe(201)
    })
  })
}
