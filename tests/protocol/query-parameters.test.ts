import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeBrowserKeys, addressOf as pushAddressOf } from '../support/browser/browser-keys.ts'
import { adminKey, ask, english, newKey, publish, type Running, startNode } from '../support/processes/service.ts'
import { addressOf, routes } from '../support/routes.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning(afterAll)
let service: Running
let alertId = ''
beforeAll(async () => {
  service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  alertId = (await publish(service.url, english('It stands'))).alert.id
  // What goes on by itself must be over before anything is compared.
  const deliveries = async () => (await ask(service.url, 'GET', `/v1/alerts/${alertId}/delivery`)).text()
  await vi.waitFor(async () => expect(await deliveries()).toMatch(/"finishedAt":"/), { timeout: 20_000 })
})

type Refusal = { readonly code: string; readonly detail: string }
const key = { authorization: `Bearer ${adminKey}` }
const isWrite = (method: string) => method !== 'get'
const strict = routes.filter(({ operation }) => !operation.passesOverUnknownParameters)

/** All that a write could have changed. */
async function standing(): Promise<unknown> {
  const text = async (path: string) => (await fetch(service.url + path, { headers: key })).text()
  return Promise.all([
    text('/v1/alerts?audience=test'),
    text('/v1/alerts'),
    text(`/v1/alerts/${alertId}`),
    text(`/v1/alerts/${alertId}/delivery`),
    text('/v1/desk/editors'),
    text('/v1/desk/pause'),
    text('/v1/desk/subscriptions/count'),
  ])
}

const { endpoint, p256dh, auth } = pushAddressOf('https://fcm.googleapis.com/fcm/send/1', makeBrowserKeys())
const subscription = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }

/** A body that the write would take, so that nothing but the query stands in its way. */
function bodyFor(path: string): string | undefined {
  const bodies: Readonly<Record<string, unknown>> = {
    '/v1/alerts': { level: 'urgent', ...english('Not to go out') },
    '/v1/alerts/:id/update': { texts: { en: { summary: 'Not to go out' } } },
    '/v1/alerts/:id/correction': { note: { en: 'Not to go out' } },
    '/v1/alerts/:id/retraction': { note: { en: 'Not to go out' } },
    '/v1/desk/session': { key: adminKey },
    '/v1/desk/editors': { name: 'Nobody', role: 'admin' },
    '/v1/desk/pause': { reason: 'Not to be paused' },
    '/v1/desk/resume': { reason: 'Not to be paused' },
    '/v1/subscriptions': subscription,
    '/v1/subscriptions/:id': { interest: { languages: ['en'] } },
    '/v1/desk/subscriptions': subscription,
  }
  return bodies[path] === undefined ? undefined : JSON.stringify(bodies[path])
}

async function send({ method, path }: { method: string; path: string }, query: string) {
  const body = isWrite(method) && method !== 'delete' ? bodyFor(path) : undefined
  const type = path === '/v1/desk/subscriptions' ? 'application/x-ndjson' : 'application/json'
  const answer = await fetch(`${service.url}${addressOf({ path }, alertId)}${query}`, {
    method: method.toUpperCase(),
    headers: { ...key, 'content-type': type, 'idempotency-key': newKey() },
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  })
  return { status: answer.status, refusal: (await answer.json()) as Refusal }
}

describe('a parameter that a route does not know', () => {
  test.each(strict.map((it) => [`${it.method.toUpperCase()} ${it.path}`, it] as const))(
    'is refused at %s with 400, and nothing has happened',
    async (_, it) => {
      const before = await standing()
      const known = Object.keys(it.operation.query ?? {}).filter((name) => name !== 'lastEventId')
      // Each known one misspelt, and names that every JavaScript object has.
      const misspelt = known.map((name) => `${name.slice(0, -1)}_${name.at(-1)}_`)
      const names = [...misspelt, 'bogus', '__proto__', 'constructor', 'toString', '%00', 'x'.repeat(500)]
      const refused = async (name: string) => {
        const { status, refusal } = await send(it, `?${name}=true`)
        expect([name, status, refusal.code]).toEqual([name, 400, 'unknown-parameter'])
        expect(refusal.detail.length).toBeLessThan(500)
        const near = known[misspelt.indexOf(name)]
        if (near !== undefined) expect(refusal.detail).toContain(`did you mean ${near}?`)
        expect(refusal.detail.includes('Nothing was changed.')).toBe(isWrite(it.method))
      }
      await Promise.all(names.map(refused))
      expect(await standing()).toEqual(before)
    },
  )

  const publishing = ['/v1/alerts', ...['update', 'correction', 'retraction'].map((it) => `/v1/alerts/:id/${it}`)]
  const meaning = [
    ...['dryrun=true', 'dry_run=true', 'dry-run=true', 'DRYRUN=1', 'dryRun[]=true', 'dryRun%20=true', 'dryRun.=true'],
    ...['preview=1', 'preview=true', 'test=1', 'audience=test', 'audience=public', 'draft=1', 'simulate', 'dry=1'],
    ...['dryRun=1', 'dryRun=TRUE', 'dryRun=True', 'dryRun=yes', 'dryRun=no', 'dryRun=0', 'dryRun=true%20'],
    ...['dryRun=true&dryRun=true', 'dryRun=true&dryRun=false', 'dryRun=false&dryRun=true', 'dryRun=&dryRun='],
    ...['dryRun=true&x=1', 'x=1&dryRun=true', 'dryRun=false&dryrun=true'],
  ]
  test.each(publishing)('a misspelt dryRun at POST %s neither publishes nor makes a dry run', async (path) => {
    const before = await standing()
    const refused = async (query: string) => {
      const { status, refusal } = await send({ method: 'post', path }, `?${query}`)
      expect([query, status]).toEqual([query, 400])
      expect(['unknown-parameter', 'repeated-parameter']).toContain(refusal.code)
      expect(refusal.detail).toMatch(/Nothing was (changed|published)\./)
      if (/^dry.?run/i.test(query) && !query.includes('&')) expect(refusal.detail).toContain('dryRun')
    }
    await Promise.all(meaning.map(refused))
    // An empty one can only mean one thing, and the right ones are taken.
    for (const query of ['?dryRun', '?dryRun=', '?dryRun=true'])
      expect([query, (await send({ method: 'post', path }, query)).status]).toEqual([query, 200])
    expect(await standing()).toEqual(before)
  })

  test('that is a field of the body is named as one', async () => {
    const { refusal } = await send({ method: 'post', path: '/v1/alerts' }, '?audience=test')
    expect(refusal.detail).toContain('audience belongs into the body')
  })

  test('is passed over by the pages alone: what others add to links costs no reader the page', async () => {
    for (const path of ['/en/?utm_source=x&fbclid=y', `/en/alerts/${alertId}?utm_source=x`, '/desk?x=1'])
      expect([path, (await fetch(service.url + path)).status]).toEqual([path, 200])
  })

  test('is no way for others to learn what is behind a key', async () => {
    const guarded = strict.filter(({ operation }) => operation.role !== undefined)
    expect(guarded.length).toBeGreaterThan(15)
    for (const it of guarded) {
      const answer = await fetch(`${service.url}${addressOf(it)}?bogus=1`, { method: it.method.toUpperCase() })
      expect([it.path, answer.status]).toEqual([it.path, 401])
    }
  })
})

describe('a parameter that is given twice', () => {
  const lists = new Set(['languages', 'topics'])
  const single = strict
    .filter(({ operation }) => operation.tag !== 'Streams')
    .flatMap((it) => Object.keys(it.operation.query ?? {}).map((name) => ({ it, name })))
    .filter(({ name }) => !lists.has(name))
  test.each(single.map(({ it, name }) => [name, `${it.method.toUpperCase()} ${it.path}`, it] as const))(
    '%s is refused at %s, the same value or another, and nothing has happened',
    async (name, _, it) => {
      const before = await standing()
      for (const query of [`${name}=a&${name}=a`, `${name}=&${name}=b`, `${name}=true&${name}=false`]) {
        const { status, refusal } = await send(it, `?${query}`)
        expect([query, status, refusal.code]).toEqual([query, 400, 'repeated-parameter'])
      }
      expect(await standing()).toEqual(before)
    },
  )

  test('is joined where it is a list, with lists in it and with nothing in it', async () => {
    const page = async (query: string) =>
      (await (await ask(service.url, 'GET', `/v1/alerts?${query}`)).json()) as object
    const wanted = await page('languages=fa,en&topics=iran,afghanistan')
    expect(wanted).toHaveProperty('entries')
    for (const query of [
      'languages=fa&languages=en&topics=iran&topics=afghanistan',
      'languages=fa,en&languages=en&topics=afghanistan&topics=iran',
      'languages=fa&languages=&languages=en&topics=&topics=iran,afghanistan',
    ])
      expect([query, await page(query)]).toEqual([query, wanted])
    expect(await page('languages=fa&languages=tlh')).toMatchObject({ code: 'invalid' })
  })
})
