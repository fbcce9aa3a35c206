import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { ask, english, publish } from '../../support/processes/service.ts'

type Opened = { readonly url: string; readonly close: () => Promise<unknown> }

const absent = '01932f6e-0000-7000-8000-00000000dead'
const json = { 'content-type': 'application/json' }
const change = JSON.stringify({ interest: { languages: ['en'] } })

/** An answer as it is sent, but for its time: status, headers in their order, and bytes. */
async function wholeAnswer(url: string, method: string, path: string, headers: Record<string, string>, body?: string) {
  const answer = await fetch(new URL(path, url), { method, headers, redirect: 'manual', ...(body ? { body } : {}) })
  const bytes = Buffer.from(await answer.arrayBuffer()).toString('base64')
  const kept = [...answer.headers].filter(([name]) => name !== 'date')
  return { status: answer.status, headers: kept, bytes, length: bytes.length }
}

async function subscribe(url: string): Promise<{ id: string; token: string }> {
  const where = `https://updates.push.services.mozilla.com/wpush/v2/${randomUUID()}`
  const { endpoint, p256dh, auth } = addressOf(where, makeBrowserKeys())
  const body = JSON.stringify({ subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } })
  const answer = await fetch(new URL('/v1/subscriptions', url), { method: 'POST', headers: json, body })
  if (answer.status !== 201) throw new Error(await answer.text())
  return (await answer.json()) as { id: string; token: string }
}

/** What is not there and what is not one's own are answered alike, so that nobody can try which of them it is. */
export function notYoursSuite(name: string, open: () => Promise<Opened>): void {
  describe(`not there and not yours are one answer: ${name}`, () => {
    test.each([
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['POST', '/test'],
    ])('%s /v1/subscriptions/{id}%s', async (method, more) => {
      const { url, close } = await open()
      const [own, others, left] = [await subscribe(url), await subscribe(url), await subscribe(url)]
      const bearer = { authorization: `Bearer ${own.token}`, ...(method === 'PUT' ? json : {}) }
      await wholeAnswer(url, 'DELETE', `/v1/subscriptions/${left.id}`, { authorization: `Bearer ${left.token}` })
      const body = method === 'PUT' ? change : undefined
      const at = (id: string, headers: Record<string, string> = bearer) =>
        wholeAnswer(url, method, `/v1/subscriptions/${id}${more}`, headers, body)
      const notThere = await at(absent)
      expect(notThere.status).toBe(404)
      expect(await at(others.id), 'somebody else’s').toEqual(notThere)
      expect(await at(left.id), 'one that was there').toEqual(notThere)
      expect(await at(left.id, { ...bearer, authorization: `Bearer ${left.token}` }), 'with its old token').toEqual(
        notThere,
      )
      expect(await at('no-id'), 'no id').toEqual(notThere)
      const { authorization: _, ...without } = bearer
      const nobody = await at(absent, without)
      expect(await at(others.id, without), 'without a token').toEqual(nobody)
      expect((await at(own.id)).status).toBeLessThan(300)
      await close()
    })

    test.each([
      ['/v1/alerts/{id}', 'application/json'],
      ['/v1/alerts/{id}', 'text/html'],
      ['/en/alerts/{id}', 'text/html'],
      ['/fa/alerts/{id}', 'text/html'],
    ])('a test alert at %s, asked for as %s', async (path, accept) => {
      const { url, close } = await open()
      const { alert } = await publish(url, { ...english('A drill'), audience: 'test' })
      const at = (id: string) => wholeAnswer(url, 'GET', path.replace('{id}', id), { accept })
      const notThere = await at(absent)
      const drill = await at(alert.id)
      expect(notThere.status).toBe(404)
      // The answer may name what was asked for, and nothing else may differ.
      const named = (answer: typeof drill, id: string) => ({
        ...answer,
        bytes: Buffer.from(answer.bytes, 'base64').toString().replaceAll(id, 'ID'),
      })
      expect(named(drill, alert.id)).toEqual(named(notThere, absent))
      expect((await ask(url, 'GET', `/v1/alerts/${alert.id}`)).status).toBe(200)
      await close()
    })

    test('a stream or a catch-up of test alerts is refused alike, whether there are any', async () => {
      const { url, close } = await open()
      for (const path of [
        '/v1/alerts?audience=test',
        '/v1/events?audience=test',
        '/v1/alerts?audience=test&after=now',
      ]) {
        const before = await wholeAnswer(url, 'GET', path, {})
        await publish(url, { ...english('Another drill'), audience: 'test' })
        expect(await wholeAnswer(url, 'GET', path, {}), path).toEqual(before)
        expect(before.status).toBeGreaterThanOrEqual(400)
      }
      await close()
    })
  })
}
