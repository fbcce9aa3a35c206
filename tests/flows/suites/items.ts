import { describe, expect, test } from 'vitest'
import { itemAnswer } from '../../../src/desk/items/item.ts'
import { problemAnswerSchema } from '../../../src/http/openapi/response-schemas.ts'
import { ask, english, newKey } from '../../support/processes/service.ts'

/** The desk's items over HTTP: drafts, holds and schedules, with the newsroom that has no rules. */
export function itemTests(url: () => string): void {
  const post = (path: string, body: unknown, key = newKey(), authorization?: string) =>
    ask(url(), 'POST', path, body, { 'idempotency-key': key, ...(authorization ? { authorization } : {}) })
  const itemIn = async (answer: Response) => itemAnswer.parse(((await answer.json()) as { item: unknown }).item)
  const problemIn = async (answer: Response) => problemAnswerSchema.parse(await answer.json())
  const keyOf = async (role: string) => {
    const answer = await ask(url(), 'POST', '/v1/desk/editors', { name: `The ${role}`, role })
    return `Bearer ${((await answer.json()) as { key: string }).key}`
  }
  const urgent = { level: 'urgent', ...english('Held for a moment') }

  describe('the desk’s items', () => {
    test('what is held goes out by itself, once, under its own id; the same key gives the same answer', async () => {
      const key = newKey()
      const held = await post('/v1/alerts', { ...urgent, holdSeconds: 1 }, key)
      expect(held.status).toBe(202)
      const item = await itemIn(held)
      expect(held.headers.get('location')).toBe(`/v1/desk/items/${item.id}`)
      expect(item).toMatchObject({ state: 'held', level: 'urgent', holdSeconds: 1, approvalsWanted: 0 })
      await expect
        .poll(async () => (await ask(url(), 'GET', `/v1/alerts/${item.alertId}`)).status, { timeout: 20_000 })
        .toBe(200)
      const now = await itemIn(await ask(url(), 'GET', `/v1/desk/items/${item.id}`))
      expect(now).toMatchObject({ state: 'published', published: { at: expect.any(String) } })
      expect(Date.parse(now.published?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(item.releaseAt ?? ''))
      const again = await post('/v1/alerts', { ...urgent, holdSeconds: 1 }, key)
      expect([again.status, (await itemIn(again)).id]).toEqual([202, item.id])
      expect((await problemIn(await post('/v1/alerts', urgent, key))).code).toBe('idempotency-key-reused')
    })

    test('what is cancelled does not go out; a draft is saved, continued, submitted and approved by its hash', async () => {
      const held = await itemIn(await post('/v1/alerts', { ...urgent, holdSeconds: 600 }))
      expect((await ask(url(), 'GET', `/v1/alerts/${held.alertId}`)).status).toBe(404)
      const cancelled = await itemIn(await post(`/v1/desk/items/${held.id}/cancel`, {}))
      expect(cancelled.state).toBe('cancelled')
      const [writer, editor] = [await keyOf('writer'), await keyOf('editor')]
      const made = await post('/v1/desk/items', { texts: { en: { headline: 'Not yet' } } }, newKey(), writer)
      expect(made.status).toBe(201)
      const draft = await itemIn(made)
      const path = `/v1/desk/items/${draft.id}`
      expect((await problemIn(await post(`${path}/submit`, {}, newKey(), writer))).errors).toContainEqual(
        expect.objectContaining({ pointer: '/level' }),
      )
      const save = (version: number) => ask(url(), 'PUT', path, { ...urgent, version }, { authorization: editor })
      const saved = await itemIn(await save(1))
      expect(saved).toMatchObject({ version: 2, authors: [{ name: 'The writer' }, { name: 'The editor' }] })
      const stale = await ask(url(), 'PUT', path, { ...urgent, level: 'flash', version: 1 }, { authorization: writer })
      expect([stale.status, (await problemIn(stale)).code]).toEqual([409, 'item-changed'])
      await post(`${path}/submit`, { version: 2 }, newKey(), writer)
      const own = await post(`${path}/approve`, { hash: saved.hash }, newKey(), editor)
      expect([own.status, (await problemIn(own)).code]).toEqual([403, 'own-item'])
      const approved = await post(`${path}/approve`, { hash: saved.hash })
      expect([approved.status, (await itemIn(approved)).state]).toEqual([200, 'published'])
      const late = await post(`${path}/cancel`, {})
      expect([late.status, (await problemIn(late)).code]).toEqual([409, 'item-published'])
    })

    test.each(['held', 'scheduled', 'awaiting-approval'])(
      'a correction that is %s is refused in the moment in which its alert is retracted',
      async (state) => {
        const { alert } = (await (await post('/v1/alerts', { ...urgent, holdSeconds: 0 })).json()) as {
          alert: { id: string }
        }
        const times = {
          held: { holdSeconds: 600 },
          scheduled: { publishAt: new Date(Date.now() + 600_000).toISOString() },
        }
        const content = { texts: { en: { headline: 'Corrected' } }, note: { en: 'It was not so.' } }
        const asked =
          state === 'held' || state === 'scheduled'
            ? await post(`/v1/alerts/${alert.id}/correction`, { ...content, ...times[state] })
            : await post('/v1/desk/items', { ...content, kind: 'correction', alertId: alert.id })
        const made = await itemIn(asked)
        if (state === 'awaiting-approval') await post(`/v1/desk/items/${made.id}/submit`, { version: made.version })
        const read = async () => itemIn(await ask(url(), 'GET', `/v1/desk/items/${made.id}`))
        expect((await read()).state).toBe(state)
        const boris = (await (
          await ask(url(), 'POST', '/v1/desk/editors', { name: 'Boris', role: 'editor' })
        ).json()) as {
          key: string
        }
        const retracted = await post(
          `/v1/alerts/${alert.id}/retraction`,
          { note: content.note },
          newKey(),
          `Bearer ${boris.key}`,
        )
        const { alert: after } = (await retracted.json()) as { alert: { changedAt: string } }
        const refusal = { code: 'alert-retracted', by: 'Boris', changedAt: after.changedAt }
        expect(await read()).toMatchObject({ state: 'refused', releaseAt: null, refusal })
        const audit = (await (await ask(url(), 'GET', '/v1/desk/audit?act=refused')).json()) as { lines: object[] }
        expect(audit.lines).toContainEqual(
          expect.objectContaining({
            itemId: made.id,
            detail: expect.objectContaining({ refusal: 'alert-retracted', alertChangedBy: 'Boris' }),
          }),
        )
        const approving = await post(`/v1/desk/items/${made.id}/approve`, { hash: made.hash })
        expect([approving.status, (await problemIn(approving)).code]).toEqual([409, 'alert-retracted'])
      },
    )

    test('a draft is found by a word of its headline, whatever its case, and another is not', async () => {
      const word = `Überfall${newKey().slice(0, 8)}`
      const made = await itemIn(await post('/v1/desk/items', { texts: { en: { headline: `An ${word} now` } } }))
      const found = async (q: string) => {
        const answer = await ask(url(), 'GET', `/v1/desk/items?state=draft&q=${encodeURIComponent(q)}`)
        return ((await answer.json()) as { items: { id: string }[] }).items.map(({ id }) => id)
      }
      expect(await found(`${word.toUpperCase()} an`)).toEqual([made.id])
      expect(await found(`${word} elsewhere`)).toEqual([])
    })

    test('a key that may only draft publishes by no route', async () => {
      const writer = await keyOf('writer')
      const draft = await itemIn(await post('/v1/desk/items', urgent, newKey(), writer))
      const path = `/v1/desk/items/${draft.id}`
      for (const [route, body] of [
        ['/v1/alerts', urgent],
        [`${path}/publish`, {}],
        [`${path}/publish`, { overrideReason: 'Me.' }],
        [`${path}/approve`, { hash: draft.hash }],
        [`/v1/alerts/${draft.alertId}/update`, english('No')],
      ] as const) {
        const answer = await post(route, body, newKey(), writer)
        expect([route, answer.status, (await problemIn(answer)).code]).toEqual([route, 403, 'role-too-low'])
      }
      expect((await itemIn(await post(`${path}/submit`, {}, newKey(), writer))).state).toBe('awaiting-approval')
      await post(`${path}/cancel`, {}, newKey(), writer)
      expect((await ask(url(), 'GET', `/v1/alerts/${draft.alertId}`)).status).toBe(404)
    })

    test.each([
      ['GET', '/v1/desk/items?state=drafts', undefined, 400, /did you mean draft/],
      ['GET', '/v1/desk/items?limit=0', undefined, 400, /from 1 to 200/],
      ['GET', '/v1/desk/items?before=x', undefined, 400, /next/],
      ['GET', '/v1/desk/audit?before=x', undefined, 400, /next/],
      ['GET', `/v1/desk/items?q=${'x'.repeat(201)}`, undefined, 400, /at most 200/],
      ['GET', '/v1/desk/items/nobody', undefined, 404, /no item/],
      ['GET', '/v1/desk/items/%00', undefined, 404, /no item/],
      ['DELETE', '/v1/desk/items/nobody?version=x', undefined, 400, /whole number/],
      ['POST', '/v1/desk/items', { kind: 'update' }, 400, /alertId/],
      ['POST', '/v1/desk/items', { kind: 'alert', alertId: 'x' }, 400, /Leave it out|leave it out/],
      ['POST', '/v1/desk/items', { texts: { en: { headline: 'x'.repeat(201) } } }, 400, /too long/],
      ['POST', '/v1/desk/items', { headline: 'x' }, 400, /headline/],
      ['POST', '/v1/desk/items', [], 400, /./],
      ['POST', '/v1/desk/items/nobody/submit', {}, 404, /no item/],
      ['POST', '/v1/desk/items/nobody/approve', {}, 400, /hash/],
      ['POST', '/v1/alerts', { ...urgent, holdSeconds: -1 }, 400, /holdSeconds/],
      ['POST', '/v1/alerts', { ...urgent, holdSeconds: 3_601 }, 400, /3600|3,600/],
      ['POST', '/v1/alerts', { ...urgent, publishAt: '2026-03-29T02:30:00' }, 400, /publishAt/],
      ['POST', '/v1/alerts', { ...urgent, publishAt: '2020-01-01T00:00:00Z' }, 400, /has passed/],
      ['POST', '/v1/alerts', { ...urgent, overrideReason: '' }, 400, /reason/],
      ['POST', '/v1/alerts?dryRun=true', { ...urgent, holdSeconds: 'x' }, 400, /holdSeconds/],
    ])('%s %s %j is refused', async (method, path, body, status, detail) => {
      const answer = await ask(url(), method, path, body, method === 'POST' ? { 'idempotency-key': newKey() } : {})
      const problem = await problemIn(answer)
      expect([answer.status, `${problem.detail} ${JSON.stringify(problem.errors ?? '')}`]).toEqual([
        status,
        expect.stringMatching(detail),
      ])
    })

    test('a key is wanted for what makes something: without one nothing is stored', async () => {
      for (const path of ['/v1/desk/items', '/v1/alerts']) {
        const answer = await ask(url(), 'POST', path, {
          ...urgent,
          ...(path === '/v1/alerts' ? { holdSeconds: 9 } : {}),
        })
        expect([path, answer.status, (await problemIn(answer)).code]).toEqual([path, 400, 'idempotency-key-missing'])
      }
    })
  })
}
