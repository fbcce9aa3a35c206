import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { problemAnswerSchema } from '../../../src/http/openapi/response-schemas.ts'
import { adminKey, ask } from '../../support/processes/service.ts'

const pageOf = (name: string) => readFileSync(new URL(`../../desk/article/pages/${name}`, import.meta.url), 'utf8')
const bytesMax = 1_024 * 1_024

/** What `POST /v1/desk/article` must do, wherever the service runs. */
export function articleTests(url: () => string): void {
  const propose = (body: unknown) => ask(url(), 'POST', '/v1/desk/article', body)
  const raw = (body: string, headers: Record<string, string> = {}) =>
    fetch(new URL('/v1/desk/article', url()), {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json', ...headers },
      body,
    })
  const told = async (answer: Response) => {
    const { code, errors = [] } = problemAnswerSchema.parse(await answer.json())
    return [answer.status, code, ...errors.map(({ pointer }) => pointer)]
  }

  describe('an article that is pasted', () => {
    test('as text gives a headline, a summary and its language; as HTML its link, image and topics too', async () => {
      const text = await propose({ text: pageOf('un-monitors.txt') })
      expect([text.status, text.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
      expect(await text.json()).toMatchObject({
        draft: { language: 'en', headline: expect.stringMatching(/^UN Monitors: Taliban/), url: null },
        unsure: [{ pointer: '/draft/summary' }, { pointer: '/draft/url' }],
      })
      expect(await (await propose({ html: pageOf('structured-ru.html') })).json()).toMatchObject({
        draft: {
          language: 'ru',
          headline: 'Журналист задержан в Минске на 15 суток',
          url: 'https://news.example/a/32981734.html',
          topics: ['belarus', 'press-freedom'],
        },
      })
    })

    test('what is proposed passes a dry run', async () => {
      const answer = await propose({ html: pageOf('structured-ru.html') })
      const { language, topics, ...text } = ((await answer.json()) as { draft: Record<string, unknown> }).draft
      const texts = { [String(language)]: text }
      expect((await ask(url(), 'POST', '/v1/alerts?dryRun=true', { level: 'urgent', topics, texts })).status).toBe(200)
    })

    test('a page may be as large as a mebibyte, and no larger; other bodies may not', async () => {
      const json = (chars: number) => {
        const start = JSON.stringify({ html: `<h1>Quake in Herat</h1>` }).slice(0, -2)
        return `${start}${' '.repeat(chars - start.length - 2)}"}`
      }
      expect((await raw(json(bytesMax))).status).toBe(200)
      expect(await told(await raw(json(bytesMax + 1)))).toEqual([413, 'body-too-large'])
      const alert = await ask(url(), 'POST', '/v1/alerts', { level: 'urgent', texts: {}, x: ' '.repeat(70_000) })
      expect(alert.status).toBe(413)
    })

    test('nobody without a key may, and every mistake is named', async () => {
      expect((await raw('{"text":"x"}', { authorization: 'Bearer wrong' })).status).toBe(401)
      expect((await raw('{"text":"x"}', { 'content-type': 'text/html' })).status).toBe(415)
      expect(await told(await raw('{"text":'))).toEqual([400, 'malformed-json'])
      expect(await told(await propose({ text: '', html: 5, level: 'flash' }))).toEqual([
        ...[400, 'invalid'],
        ...['/html', '/level', '/text', '/html'],
      ])
      expect(await told(await propose({ html: '<nav>Home</nav>' }))).toEqual([400, 'invalid', '/html'])
    })

    test('a page nested without end is answered, and the service after it too', async () => {
      const answer = await propose({ html: `<h1>Quake in Herat</h1>${'<div>'.repeat(200_000)}` })
      expect(await answer.json()).toMatchObject({ draft: { headline: 'Quake in Herat' } })
      expect((await fetch(new URL('/healthz', url()))).status).toBe(200)
    })
  })
}
