import { describe, expect, test } from 'vitest'
import { problemAnswerSchema } from '../../../src/http/openapi/response-schemas.ts'
import { ask } from '../../support/processes/service.ts'

/** What the routes of templates must do, wherever the service runs: on the example newsroom. */
export function templateTests(url: () => string): void {
  const fill = (id: string, body: unknown) => ask(url(), 'POST', `/v1/desk/templates/${id}/fill`, body)

  describe('templates', () => {
    test('are listed with what they lack, to editors alone', async () => {
      const answer = await ask(url(), 'GET', '/v1/desk/templates')
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
      const { templates } = (await answer.json()) as { templates: { id: string; missing: string[] }[] }
      expect(templates.map(({ id }) => id)).toEqual(['earthquake', 'journalist-detained', 'air-raid'])
      expect(templates[0]?.missing).toContain('ps')
      expect((await fetch(new URL('/v1/desk/templates', url()))).status).toBe(401)
    })

    test('are filled in each language with its digits, and what they give passes a dry run', async () => {
      const place = { en: 'Herat', fa: 'هرات', ru: 'Герат' }
      const answer = await fill('earthquake', { blanks: { magnitude: '6.0', place }, languages: ['en', 'fa', 'ru'] })
      const { draft, unsure } = (await answer.json()) as { draft: object; unsure: object[] }
      expect(draft).toMatchObject({
        level: 'urgent',
        texts: {
          en: { headline: 'Magnitude 6.0 earthquake hits Herat' },
          fa: { headline: 'زمین‌لرزه‌ای به بزرگی ۶٫۰ هرات را لرزاند' },
          ru: { headline: 'Землетрясение магнитудой 6,0: Герат' },
        },
      })
      expect(unsure).toEqual([])
      expect((await ask(url(), 'POST', '/v1/alerts?dryRun=true', draft)).status).toBe(200)
    })

    test('a template that is not there is told as such', async () => {
      const answer = await fill('constructor', { blanks: {} })
      expect([answer.status, problemAnswerSchema.parse(await answer.json()).code]).toEqual([404, 'no-such-template'])
    })
  })
}
