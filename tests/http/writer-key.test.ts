import { expect, test } from 'vitest'
import { secretHash } from '../../src/auth/secret.ts'
import { createApp } from '../../src/http/app.ts'
import { memoryDeps } from '../support/http/memory-deps.ts'
import { english, newKey } from '../support/processes/service.ts'
import { newsroom, noon } from '../support/samples.ts'

// A key that may only draft, on every route that the service describes of itself: a route that is added tomorrow is tried here
// without anybody thinking of it, and has to refuse the key, or to be named among what a writer may do.

type Operation = {
  readonly operationId: string
  readonly security: readonly object[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> }
}
type Described = { readonly method: string; readonly path: string; readonly operation: Operation }

/** What a writer may do: drafts of everyone, and looking. None of it sends anything. */
const writersMay = [
  ...['createItem', 'saveItem', 'deleteItem', 'readItem', 'listItems', 'submitItem', 'cancelItem'],
  ...['listPresence', 'enterItem', 'leaveItem', 'openDeskEvents', 'draftArticle', 'readTemplates', 'fillTemplate'],
  ...['readPause', 'listAlarms', 'readDelivery', 'readPushSettings', 'countSubscriptions'],
  ...['readSession', 'signOut', 'listSessions', 'signOutEverywhere', 'endSession'],
]
const inWaiting = ['draft', 'awaiting-approval', 'held', 'scheduled'] as const

/** A service without rules, where nothing but the role of a key keeps anything back, with an item in each state. */
async function open() {
  const deps = await memoryDeps(newsroom, 'https://alerts.example')
  const { editors } = deps.desk
  for (const role of ['writer', 'admin'] as const)
    await editors.add({ id: role, name: role, role, createdAt: noon }, await secretHash(`key-of-the-${role}`))
  const app = createApp(deps)
  const ask = (role: string, method: string, path: string, body?: unknown, type = 'application/json') =>
    app.request(path, {
      method,
      headers: {
        authorization: `Bearer key-of-the-${role}`,
        'idempotency-key': newKey(),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const asAdmin = async (method: string, path: string, body: unknown) => {
    const answer = await ask('admin', method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return (await answer.json()) as Record<string, { readonly id: string; readonly hash: string; version: number }>
  }
  const urgent = { level: 'urgent', ...english('By an admin') }
  const ids: Record<string, string> = { alerts: (await asAdmin('POST', '/v1/alerts', urgent)).alert?.id ?? '' }
  ids.webhooks =
    (
      await asAdmin('POST', '/v1/desk/webhooks', {
        ...{ name: 'CMS', url: 'https://cms.example/hook', events: ['alert.published'] },
      })
    ).webhook?.id ?? ''
  ids.editors = 'admin'
  const item = async (state: (typeof inWaiting)[number]) => {
    if (state === 'held') return (await asAdmin('POST', '/v1/alerts', { ...urgent, holdSeconds: 600 })).item
    const publishAt = '2026-03-02T12:00:00Z'
    if (state === 'scheduled') return (await asAdmin('POST', '/v1/alerts', { ...urgent, publishAt })).item
    const { item: made } = await asAdmin('POST', '/v1/desk/items', urgent)
    return state === 'draft' ? made : (await asAdmin('POST', `/v1/desk/items/${made?.id}/submit`, {})).item
  }
  const standing = async () => ({
    ...{ head: (await deps.desk.log.bounds()).head, pause: await deps.desk.pauses.current() },
    editors: (await editors.list()).map(({ id, role, levels }) => ({ id, role, levels })),
    webhooks: await asAdmin('GET', '/v1/desk/webhooks', undefined),
    subscriptions: await asAdmin('GET', '/v1/desk/subscriptions/count', undefined),
  })
  return { app, ask, ids, item, standing, audit: deps.desk.audit }
}

async function describedBy({ app }: Pick<Awaited<ReturnType<typeof open>>, 'app'>): Promise<readonly Described[]> {
  const document = (await (await app.request('/openapi.json')).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  }
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

/** Whether nobody may do it without a key. */
const needsKey = ({ operation }: Described) => JSON.stringify(operation.security) === '[{"key":[]},{"session":[]}]'

test('a key that may only draft is refused by every route that does more, and changes nothing by any', async () => {
  const desk = await open()
  const described = await describedBy(desk)
  expect(described.filter(needsKey).length).toBeGreaterThan(40)
  const before = await desk.standing()
  const done: string[] = []
  for (const state of inWaiting)
    for (const it of described.filter(needsKey)) {
      if (state !== 'draft' && !it.path.startsWith('/v1/desk/items/{id}')) continue
      const item = await desk.item(state)
      const kind = /^\/v1(?:\/desk)?\/(\w+)\/\{id\}/.exec(it.path)?.[1]
      const path = it.path.replace('{id}', (kind === 'items' ? item?.id : desk.ids[kind ?? '']) ?? 'nothing')
      const [type, content] = Object.entries(it.operation.requestBody?.content ?? {})[0] ?? []
      const example = content?.example as object | undefined
      const named = { ...(item && example && 'hash' in example ? { hash: item.hash } : {}) }
      const versioned = { ...(item && example && 'version' in example ? { version: item.version } : {}) }
      const body = typeof example === 'object' ? { ...example, ...named, ...versioned } : example
      const answer = await desk.ask('writer', it.method, path.replace(/\{\w+\}/g, 'en'), body, type)
      await answer.body?.cancel()
      const { operationId } = it.operation
      const isRefused = answer.status === 403
      expect([operationId, state, isRefused]).toEqual([operationId, state, !writersMay.includes(operationId)])
      done.push(operationId)
    }
  expect(writersMay.filter((it) => !done.includes(it))).toEqual([])
  expect(await desk.standing()).toEqual(before)
  const lines = (await desk.audit.read({ limit: 200 })).filter(({ by }) => by?.id === 'writer')
  // Signing out everywhere ended the browser in which the writer had turned notifications on.
  const acts = ['cancel', 'create', 'delete', 'save', 'sessions-ended', 'submit']
  expect([...new Set(lines.map(({ act }) => act))].toSorted()).toEqual(acts)
})

test('of publishing it may make a dry run, which sends nothing', async () => {
  const desk = await open()
  const before = await desk.standing()
  const dry = await desk.ask('writer', 'POST', '/v1/alerts?dryRun=true', { level: 'flash', ...english('Would be') })
  expect(dry.status).toBe(200)
  for (const kind of ['update', 'correction', 'retraction']) {
    const body = kind === 'update' ? english('Would be') : { note: { en: 'It was wrong.' } }
    const path = `/v1/alerts/${desk.ids.alerts}/${kind}`
    expect([kind, (await desk.ask('writer', 'POST', `${path}?dryRun=true`, body)).status]).toEqual([kind, 200])
    expect([kind, (await desk.ask('writer', 'POST', path, body)).status]).toEqual([kind, 403])
  }
  expect(await desk.standing()).toEqual(before)
})
