import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { adminKey, ask, english, newKey, publish } from './service.ts'

/** Makes a key. */
export async function addEditor(url: string, role: string): Promise<{ id: string; key: string }> {
  const answer = await ask(url, 'POST', '/v1/desk/editors', { name: `A ${role}`, role })
  const { editor, key } = (await answer.json()) as { editor: { id: string }; key: string }
  return { id: editor.id, key }
}

const authorization = (key: string) => ({ authorization: `Bearer ${key}` })
const post = (url: string, key: string, headline: string) =>
  ask(
    url,
    'POST',
    '/v1/alerts',
    { level: 'urgent', ...english(headline) },
    {
      ...authorization(key),
      'idempotency-key': newKey(),
    },
  ).then(
    ({ status }) => status,
    () => 0,
  )
const headOf = async (url: string) => {
  const page = (await (await fetch(new URL('/v1/alerts?after=now', url))).json()) as { head: string }
  return Number(page.head.split('.')[1])
}

/** A test listener by socket: resolves with its close code. */
async function listenByTest(url: string, headers: Record<string, string>) {
  const socket = new WebSocket(new URL('/v1/socket?audience=test', url.replace('http', 'ws')), { headers })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
  return { socket, closed }
}

const patienceMs = 10_000
const late = (ms = patienceMs) => new Promise<'late'>((resolve) => setTimeout(resolve, ms, 'late'))

/** What ends with a key, wherever the service runs. */
export function keysSuite(
  name: string,
  at: () => string,
  rounds: number,
  cuts: typeof test | typeof test.skip = test,
): void {
  describe(`keys, sessions and the kill switch on ${name}`, () => {
    test('after a pause is answered nothing is committed, whatever was under way', { timeout: 120_000 }, async () => {
      for (let round = 0; round < rounds; round += 1) {
        const posts = Array.from({ length: 40 }, (_, number) => post(at(), adminKey, `Racing ${round} ${number}`))
        await Promise.race(posts)
        const paused = await ask(at(), 'POST', '/v1/desk/pause', { reason: 'A race.' })
        expect(paused.status).toBe(200)
        const head = await headOf(at())
        const statuses = await Promise.all(posts)
        expect(await headOf(at())).toBe(head)
        for (const status of statuses) expect([201, 423]).toContain(status)
        await ask(at(), 'POST', '/v1/desk/resume', { reason: 'Over.' })
      }
    })

    test('after a revocation is answered nothing is committed for that key', { timeout: 120_000 }, async () => {
      for (let round = 0; round < rounds; round += 1) {
        const { id, key } = await addEditor(at(), 'editor')
        const posts = Array.from({ length: 40 }, (_, number) => post(at(), key, `Revoked ${round} ${number}`))
        await Promise.race(posts)
        expect((await ask(at(), 'DELETE', `/v1/desk/editors/${id}`)).status).toBe(204)
        const head = await headOf(at())
        const statuses = await Promise.all(posts)
        expect(await headOf(at())).toBe(head)
        for (const status of statuses) expect([201, 401]).toContain(status)
      }
    })

    cuts(
      'a revoked key and an ended session lose their test streams at once; readers and other editors keep theirs',
      async () => {
        const [gone, stays] = [await addEditor(at(), 'writer'), await addEditor(at(), 'writer')]
        const signedIn = await ask(at(), 'POST', '/v1/desk/session', { key: stays.key })
        const cookie = { cookie: (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
        const revoked = await Promise.all(Array.from({ length: 6 }, () => listenByTest(at(), authorization(gone.key))))
        const signedOut = await listenByTest(at(), cookie)
        const kept = await listenByTest(at(), authorization(stays.key))
        const events = await fetch(new URL('/v1/events?audience=test', at()), { headers: authorization(gone.key) })
        expect(events.status).toBe(200)
        const ended = (async () => {
          const reader = events.body?.getReader()
          while (reader !== undefined && !(await reader.read()).done);
          return 'ended'
        })().catch(() => 'ended')

        expect((await ask(at(), 'DELETE', `/v1/desk/editors/${gone.id}`)).status).toBe(204)
        for (const { closed } of revoked) expect(await Promise.race([closed, late()])).toBe(4001)
        expect(await Promise.race([ended, late()])).toBe('ended')
        const out = await fetch(new URL('/v1/desk/session', at()), { method: 'DELETE', headers: cookie })
        expect(out.status).toBe(204)
        expect(await Promise.race([signedOut.closed, late()])).toBe(4001)
        const heard = new Promise((resolve) => kept.socket.once('message', (data) => resolve(String(data))))
        await publish(at(), { audience: 'test', ...english('Still heard') })
        expect(await Promise.race([heard, late()])).toContain('Still heard')
        await expect(listenByTest(at(), authorization(gone.key))).rejects.toThrow('403')
        kept.socket.terminate()
      },
    )

    test.each([1000, 3000, 4321])('a close with %i is answered with the same', async (code) => {
      const { socket, closed } = await listenByTest(at(), authorization(adminKey))
      socket.close(code, 'enough')
      expect(await Promise.race([closed, late(4_000)])).toBe(code)
    })

    test('a close without a code is answered too', async () => {
      const { socket, closed } = await listenByTest(at(), authorization(adminKey))
      socket.close()
      expect([1000, 1005]).toContain(await Promise.race([closed, late(4_000)]))
    })
  })
}
