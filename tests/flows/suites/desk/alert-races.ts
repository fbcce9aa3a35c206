import { describe, expect, test } from 'vitest'
import { itemAnswer } from '../../../../src/desk/items/item.ts'
import { problemAnswerSchema } from '../../../../src/http/openapi/response-schemas.ts'
import { ask, english, newKey, publish } from '../../../support/processes/service.ts'

const note = { en: 'It was four.' }
const told = (name: string, deed: string) => new RegExp(`^${name} ${deed} the alert at \\S+Z\\. `)

/** Who comes after a colleague's change of the same alert is told by whom and what, whatever both were about to do. */
export function alertRaceTests(url: () => string): void {
  const post = (path: string, body: object, authorization?: string) =>
    ask(url(), 'POST', path, body, { 'idempotency-key': newKey(), ...(authorization ? { authorization } : {}) })
  const colleague = async (name: string) => {
    const answer = await ask(url(), 'POST', '/v1/desk/editors', { name, role: 'editor' })
    return `Bearer ${((await answer.json()) as { key: string }).key}`
  }
  const bodies = {
    update: { version: 1, texts: { en: { summary: 'More is known.' } } },
    correction: { version: 1, note },
    retraction: { version: 1, note },
  }
  const deeds = { update: 'updated', correction: 'corrected', retraction: 'retracted' }
  const kinds = Object.keys(bodies) as (keyof typeof bodies)[]

  describe('of two who change one alert', () => {
    test.each(kinds)('who comes after a colleague’s %s is told so, live and in a dry run', async (first) => {
      const ana = await colleague('Ana')
      const { alert } = await publish(url(), english('Five killed'))
      expect((await post(`/v1/alerts/${alert.id}/${first}`, bodies[first], ana)).status).toBe(201)
      const code = first === 'retraction' ? 'alert-retracted' : 'alert-changed'
      for (const second of kinds)
        for (const query of ['', '?dryRun=true']) {
          const answer = await post(`/v1/alerts/${alert.id}/${second}${query}`, bodies[second])
          const problem = problemAnswerSchema.parse(await answer.json())
          expect([second, query, answer.status, problem]).toMatchObject([
            ...[second, query, 409],
            { code, version: 2, changes: [{ kind: first, by: 'Ana' }], alert: { version: 2 } },
          ])
          expect(problem.detail).toMatch(told('Ana', deeds[first]))
          expect(problem.detail.includes('send it on version')).toBe(first !== 'retraction')
        }
    })

    test.each(kinds)('a correction that waits at the desk meets a colleague’s %s', async (first) => {
      const ana = await colleague('Ana')
      const { alert } = await publish(url(), english('Five killed'))
      const content = { kind: 'correction', alertId: alert.id, alertVersion: 1, note }
      const made = await post('/v1/desk/items', content, ana)
      const { item } = (await made.json()) as { item: unknown }
      const { id } = itemAnswer.parse(item)
      const asked = await post(`/v1/desk/items/${id}/submit`, { version: 1 }, ana)
      const { hash } = itemAnswer.parse(((await asked.json()) as { item: unknown }).item)
      await post(`/v1/alerts/${alert.id}/${first}`, bodies[first], ana)
      const answer = await post(`/v1/desk/items/${id}/approve`, { hash })
      const problem = problemAnswerSchema.parse(await answer.json())
      const code = first === 'retraction' ? 'alert-retracted' : 'alert-changed'
      expect([answer.status, problem]).toMatchObject([409, { code, version: 2, changes: [{ kind: first, by: 'Ana' }] }])
      expect(problem.detail).toMatch(told('Ana', deeds[first]))
    })
  })
}
