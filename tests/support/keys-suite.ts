import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { addressOf, makeBrowserKeys } from './browser/browser-keys.ts'
import { adminKey, ask, english, newKey, publish } from './processes/service.ts'

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

/** A test listener by socket. */
function listenByTest(url: string, headers: Record<string, string>) {
  return listen(url, '?audience=test', headers)
}

/** A listener by socket, once it is welcomed; `closed` resolves with its close code. */
async function listen(url: string, query: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(new URL(`/v1/socket${query}`, url.replace('http', 'ws')), { headers })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
  return { socket, closed }
}

/** An event stream that a key has opened; `ended` resolves when the service ends it. */
async function streamsUntilCut(url: string, audience: string, headers: Record<string, string>) {
  const events = await fetch(new URL(`/v1/events?audience=${audience}`, url), { headers })
  expect(events.status).toBe(200)
  const reader = events.body?.getReader()
  const readOn = async (): Promise<string> => {
    while (reader !== undefined && !(await reader.read()).done);
    return 'ended'
  }
  return { ended: readOn().catch(() => 'ended') }
}

/** Subscribes a browser of its own; `status` reads it with its token. */
async function subscribe(url: string, audience: string, key: string) {
  const { endpoint, p256dh, auth } = addressOf(`https://fcm.googleapis.com/fcm/send/${newKey()}`, makeBrowserKeys())
  const answer = await fetch(new URL('/v1/subscriptions', url), {
    method: 'POST',
    headers: { ...authorization(key), 'content-type': 'application/json' },
    body: JSON.stringify({
      subscription: { endpoint, keys: { p256dh, auth } },
      interest: { languages: ['en'] },
      audience,
    }),
  })
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
  const { id, token } = (await answer.json()) as { id: string; token: string }
  const status = async () =>
    (await fetch(new URL(`/v1/subscriptions/${id}`, url), { headers: authorization(token) })).status
  return { status }
}

const patienceMs = 10_000
const late = (ms = patienceMs) => new Promise<'late'>((resolve) => setTimeout(resolve, ms, 'late'))

/** What ends with a key, wherever the service runs. */
export function keysSuite(name: string, at: () => string, rounds: number): void {
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
        // A wrong key that comes again and again is slowed down.
        for (const status of statuses) expect([201, 401, 429]).toContain(status)
      }
    })

    test('a key that expires loses its test streams and its session then, and is told so', async () => {
      const expiresAt = new Date(Date.now() + 4_000).toISOString()
      const made = await ask(at(), 'POST', '/v1/desk/editors', { name: 'For a while', role: 'editor', expiresAt })
      const { editor, key } = (await made.json()) as { editor: { expiresAt: string }; key: string }
      expect(editor.expiresAt).toBe(expiresAt)
      const signedIn = await ask(at(), 'POST', '/v1/desk/session', { key })
      expect(((await signedIn.json()) as { until: string }).until).toBe(expiresAt)
      const { closed } = await listenByTest(at(), authorization(key))
      const stream = await streamsUntilCut(at(), 'test', authorization(key))
      const desk = await fetch(new URL('/v1/desk/events', at()), { headers: authorization(key) })
      expect([await closed, await stream.ended]).toEqual([4001, 'ended'])
      await desk.text().catch(() => '')
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt))
      const answers = await Promise.all([
        ask(at(), 'GET', '/v1/desk/session', undefined, authorization(key)),
        ask(at(), 'POST', '/v1/desk/session', { key }),
        ask(at(), 'GET', '/v1/desk/session', undefined, authorization('nobody-has-this')),
      ])
      const codes = await Promise.all(answers.map(async (it) => ((await it.json()) as { code: string }).code))
      expect([answers.map(({ status }) => status), codes]).toEqual([
        [401, 401, 401],
        ['key-expired', 'key-expired', 'not-signed-in'],
      ])
      for (const [wrong, expected] of [
        ['2001-01-01T00:00:00Z', 'passed'],
        ['2999-01-01T00:00:00Z', 'more than five years'],
      ] as const) {
        const refused = await ask(at(), 'POST', '/v1/desk/editors', { name: 'No', role: 'editor', expiresAt: wrong })
        expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(expected)])
      }
    })

    test('a revoked key and an ended session lose their test streams at once; readers and other editors keep theirs', async () => {
      const [gone, stays] = [await addEditor(at(), 'writer'), await addEditor(at(), 'writer')]
      const signedIn = await ask(at(), 'POST', '/v1/desk/session', { key: stays.key })
      const cookie = { cookie: (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
      const revoked = await Promise.all(Array.from({ length: 6 }, () => listenByTest(at(), authorization(gone.key))))
      const both = await listen(at(), '?audience=all', authorization(gone.key))
      const signedOut = await listenByTest(at(), cookie)
      const kept = await listenByTest(at(), authorization(stays.key))
      const reader = await listen(at(), '', authorization(gone.key))
      const ends = await Promise.all(
        ['test', 'all'].map((audience) => streamsUntilCut(at(), audience, authorization(gone.key))),
      )

      expect((await ask(at(), 'DELETE', `/v1/desk/editors/${gone.id}`)).status).toBe(204)
      for (const { closed } of [...revoked, both]) expect(await Promise.race([closed, late()])).toBe(4001)
      for (const { ended } of ends) expect(await Promise.race([ended, late()])).toBe('ended')
      const out = await fetch(new URL('/v1/desk/session', at()), { method: 'DELETE', headers: cookie })
      expect(out.status).toBe(204)
      expect(await Promise.race([signedOut.closed, late()])).toBe(4001)
      const heard = ({ socket }: { socket: WebSocket }) =>
        new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))
      const [byEditor, byReader] = [heard(kept), heard(reader)]
      await publish(at(), { audience: 'test', ...english('Still heard') })
      expect(await Promise.race([byEditor, late()])).toContain('Still heard')
      await publish(at(), english('By readers as well'))
      expect(await Promise.race([byReader, late()])).toContain('By readers as well')
      await expect(listenByTest(at(), authorization(gone.key))).rejects.toThrow('403')
      for (const { socket } of [kept, reader]) socket.terminate()
    })

    test('a session that is ended from elsewhere loses its test streams at once, as does each by a sign-out everywhere', async () => {
      const { key } = await addEditor(at(), 'writer')
      const open = async () => {
        const signedIn = await ask(at(), 'POST', '/v1/desk/session', { key })
        const cookie = { cookie: (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
        return { cookie, stream: await listenByTest(at(), cookie) }
      }
      const [one, two, three] = [await open(), await open(), await open()]
      const byKey = await listenByTest(at(), authorization(key))
      const end = (path: string, headers: Record<string, string>) =>
        fetch(new URL(`/v1/desk/sessions${path}`, at()), { method: 'DELETE', headers }).then(({ status }) => status)
      const answer = await fetch(new URL('/v1/desk/sessions', at()), { headers: one.cookie })
      const { sessions } = (await answer.json()) as { sessions: { id: string; isCurrent: boolean }[] }
      expect(sessions).toHaveLength(3)
      const current = sessions.find(({ isCurrent }) => isCurrent)
      expect(await end(`/${current?.id}`, authorization(adminKey))).toBe(204)
      expect(await Promise.race([one.stream.closed, late()])).toBe(4001)
      expect(await end('', two.cookie)).toBe(204)
      for (const { stream } of [two, three]) expect(await Promise.race([stream.closed, late()])).toBe(4001)
      const heard = new Promise((resolve) => byKey.socket.once('message', (data) => resolve(String(data))))
      await publish(at(), { audience: 'test', ...english('Heard by the key') })
      expect(await Promise.race([heard, late()]), 'the key is no session').toContain('Heard by the key')
      byKey.socket.terminate()
    })

    test('two admins who revoke each other at once: one is left, and the other learns that their key has ended', async () => {
      for (let round = 0; round < rounds; round += 1) {
        const [one, other] = [await addEditor(at(), 'admin'), await addEditor(at(), 'admin')]
        const revoke = (id: string, by: string) =>
          ask(at(), 'DELETE', `/v1/desk/editors/${id}`, undefined, authorization(by)).then(({ status }) => status)
        const statuses = await Promise.all([revoke(other.id, one.key), revoke(one.id, other.key)])
        // Who has sent many wrong ones before is told to wait (429).
        expect(statuses.map((status) => (status === 429 ? 401 : status)).toSorted()).toEqual([204, 401])
        const list = (await (await ask(at(), 'GET', '/v1/desk/editors')).json()) as { editors: { id: string }[] }
        expect(list.editors.filter(({ id }) => [one.id, other.id].includes(id))).toHaveLength(1)
      }
    })

    test("a revoked key ends its push subscriptions to test alerts; its public one and another editor's stay", async () => {
      const [gone, stays] = [await addEditor(at(), 'writer'), await addEditor(at(), 'writer')]
      const tests = [await subscribe(at(), 'test', gone.key), await subscribe(at(), 'test', gone.key)]
      const others = [await subscribe(at(), 'public', gone.key), await subscribe(at(), 'test', stays.key)]
      for (const it of [...tests, ...others]) expect(await it.status()).toBe(200)
      expect((await ask(at(), 'DELETE', `/v1/desk/editors/${gone.id}`)).status).toBe(204)
      for (const it of tests) await expect.poll(it.status).toBe(404)
      for (const it of others) expect(await it.status()).toBe(200)
      await expect(subscribe(at(), 'test', gone.key)).rejects.toThrow('403')
    })

    describe.each([
      ['a reader', '', {}],
      ['an editor', '?audience=test', authorization(adminKey)],
    ])('the close of %s', (_, query, headers) => {
      test.each([1000, 3000, 4321])('with %i is answered with the same', async (code) => {
        const { socket, closed } = await listen(at(), query, headers)
        socket.close(code, 'enough')
        expect(await Promise.race([closed, late(4_000)])).toBe(code)
      })

      test('without a code is answered too', async () => {
        const { socket, closed } = await listen(at(), query, headers)
        socket.close()
        expect([1000, 1005]).toContain(await Promise.race([closed, late(4_000)]))
      })
    })
  })
}
