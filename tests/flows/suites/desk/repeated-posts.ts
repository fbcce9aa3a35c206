import { describe, expect, test } from 'vitest'
import { ask, english, newKey, publish } from '../../../support/processes/service.ts'

/** Writes that make nothing, or nothing more when they are repeated, and why. */
const repeatable: Readonly<Record<string, string>> = {
  '/v1/desk/session': 'a sign-in, which another one ends or which expires',
  '/v1/alerts/{id}/stop': 'what is stopped stays stopped',
  '/v1/desk/subscriptions': 'a subscription that is known stays one',
  '/v1/desk/notifications': 'a browser that is told is told once',
  '/v1/websub': 'a callback has one subscription to a feed, which the request again extends',
  '/v1/desk/article': 'it reads, and stores nothing',
  '/v1/desk/templates/{id}/fill': 'it stores nothing',
  '/v1/desk/webhooks/{id}/test': 'each is an attempt that is looked at',
  '/v1/desk/dead-letters/replay': 'what is sent again is no dead letter any more',
  '/v1/desk/dead-letters/{id}/replay': 'what is sent again is no dead letter any more',
  '/v1/desk/items/{id}/presence': 'who has an item open has it open',
  '/v1/subscriptions': 'of readers: an address has one subscription',
  '/v1/subscriptions/{id}/test': 'of readers, with a limit of its own',
}

type Described = {
  readonly paths: Record<string, Record<string, { readonly parameters?: { readonly name: string }[] }>>
}
type Sample = {
  /** What the request is sent to, made afresh. */
  readonly path?: () => Promise<string>
  readonly body: object
  readonly other: object
  /** Where what it makes is counted, and the name of the list. */
  readonly list: string
  readonly name?: string
  /** The status of the same request again; absent: that of the first. */
  readonly again?: number
}

const note = { en: 'It was four.' }

/** No repeated request of the desk makes anything twice: every `POST` of /openapi.json takes an idempotency key, or needs none. */
export function repeatedPostTests(url: () => string): void {
  const post = (path: string, body: object, key: string) => ask(url(), 'POST', path, body, { 'idempotency-key': key })
  const made = async (path: string, body: object) => (await post(path, body, newKey())).json()
  const item = async () => {
    const { item } = (await made('/v1/desk/items', { level: 'urgent', ...english('Twice?') })) as {
      item: { id: string; hash: string }
    }
    return item
  }
  const ofAlert = (kind: string) => async () =>
    `/v1/alerts/${(await publish(url(), english('Twice?'))).alert.id}/${kind}`
  const ofItem = (act: string) => async () => `/v1/desk/items/${(await item()).id}/${act}`
  const hook = { name: 'Twice?', url: 'https://cms.example/tocsin' }
  const webhook = async () => ((await made('/v1/desk/webhooks', hook)) as { webhook: { id: string } }).webhook.id
  const audit = { list: '/v1/desk/audit?limit=200', name: 'lines' }
  const submitted = async () => {
    const { id } = await item()
    await post(`/v1/desk/items/${id}/submit`, { version: 1 }, newKey())
    return `/v1/desk/items/${id}/cancel`
  }

  const samples: Readonly<Record<string, Sample>> = {
    '/v1/alerts': {
      body: { level: 'urgent', ...english('Once') },
      other: { level: 'routine', ...english('Two') },
      ...audit,
    },
    '/v1/alerts/{id}/update': { path: ofAlert('update'), body: { note }, other: { note: { en: 'No.' } }, ...audit },
    '/v1/alerts/{id}/correction': {
      path: ofAlert('correction'),
      body: { note },
      other: { note: { en: 'No.' } },
      ...audit,
    },
    '/v1/alerts/{id}/retraction': {
      path: ofAlert('retraction'),
      body: { note },
      other: { note: { en: 'No.' } },
      ...audit,
    },
    '/v1/desk/items': { body: english('Draft'), other: english('Another'), ...audit },
    '/v1/desk/items/{id}/submit': { path: ofItem('submit'), body: { version: 1 }, other: { version: 2 }, ...audit },
    '/v1/desk/items/{id}/publish': { path: ofItem('publish'), body: { version: 1 }, other: { version: 2 }, ...audit },
    '/v1/desk/items/{id}/cancel': { path: submitted, body: {}, other: {}, ...audit },
    '/v1/desk/editors': {
      body: { name: 'Once', role: 'editor' },
      other: { name: 'Once', role: 'writer' },
      list: '/v1/desk/editors',
      name: 'editors',
      again: 409,
    },
    '/v1/desk/pause': {
      body: { languages: ['ka'], reason: 'Wait.' },
      other: { languages: ['ka'], reason: 'No.' },
      ...audit,
    },
    '/v1/desk/resume': { body: { reason: 'Go on.' }, other: { reason: 'No.' }, ...audit },
    '/v1/desk/webhooks': { body: hook, other: { ...hook, name: 'Other' }, list: '/v1/desk/webhooks', name: 'webhooks' },
    '/v1/desk/webhooks/{id}/rotate': {
      path: async () => `/v1/desk/webhooks/${await webhook()}/rotate`,
      body: {},
      other: {},
      ...audit,
    },
  }
  /** Approves what another has written, which takes two: looked at in the tests of items. */
  const elsewhere = ['/v1/desk/items/{id}/approve']

  describe('of requests that are repeated', () => {
    test('every POST takes an idempotency key, or says here why it needs none', async () => {
      const { paths } = (await (await ask(url(), 'GET', '/openapi.json')).json()) as Described
      const posts = Object.entries(paths).filter(([, methods]) => 'post' in methods)
      const keyed = posts
        .filter(([, { post }]) => post?.parameters?.some(({ name }) => name === 'Idempotency-Key'))
        .map(([path]) => path)
      const others = posts.map(([path]) => path).filter((path) => !keyed.includes(path))
      expect(keyed.toSorted()).toEqual([...Object.keys(samples), ...elsewhere].toSorted())
      expect(others.filter((path) => !Object.hasOwn(repeatable, path))).toEqual([])
    })

    test.each(Object.entries(samples))('%s with the same key makes one', async (described, sample) => {
      const path = (await sample.path?.()) ?? described
      const count = async () => {
        const list = ((await (await ask(url(), 'GET', sample.list)).json()) as Record<string, object[]>)[
          sample.name ?? ''
        ]
        return list?.map((it) => JSON.stringify(it)) ?? []
      }
      const before = await count()
      const key = newKey()
      // Two at once, as by a client that is impatient, and one after them.
      const both = await Promise.all([post(path, sample.body, key), post(path, sample.body, key)])
      const answers = [...both, await post(path, sample.body, key)]
      const statuses = answers.map(({ status }) => status).toSorted()
      const first = statuses[0] ?? 0
      const again = sample.again ?? first
      expect(first).toBeLessThan(300)
      expect(statuses).toEqual([first, again, again])
      const bodies = await Promise.all(answers.map((answer) => answer.text()))
      if (sample.again === undefined) expect(new Set(bodies).size).toBe(1)
      const after = (await count()).filter((it) => !before.includes(it))
      // Publishing an item has two lines: the act, and the publication.
      expect(after).toHaveLength(described.endsWith('/publish') ? 2 : 1)
      if (sample.other !== sample.body && JSON.stringify(sample.other) !== JSON.stringify(sample.body)) {
        const refused = await post(path, sample.other, key)
        expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
          409,
          'idempotency-key-reused',
        ])
      }
    })

    test('who repeats a request for a key is told which one to revoke, and a malformed key makes nothing', async () => {
      const key = newKey()
      const body = { name: 'Lost', role: 'editor' }
      const { editor } = (await (await post('/v1/desk/editors', body, key)).json()) as { editor: { id: string } }
      const again = (await (await post('/v1/desk/editors', body, key)).json()) as { code: string; detail: string }
      expect(again.code).toBe('key-made-before')
      expect(again.detail).toContain(`DELETE /v1/desk/editors/${editor.id}`)
      for (const path of ['/v1/desk/editors', '/v1/desk/webhooks']) {
        const refused = await post(path, path.endsWith('editors') ? body : hook, 'with a space')
        expect([path, refused.status]).toEqual([path, 400])
      }
    })
  })
}
