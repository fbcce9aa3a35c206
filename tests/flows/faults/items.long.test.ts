import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, english, newKey, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// What the desk holds, over kill -9, restarts and another clock.

const clean = cleaning()

type Item = {
  readonly id: string
  readonly state: string
  readonly hash: string
  readonly alertId: string
  readonly releaseAt: string
}

async function start(folder: string, rules: object = {}, env: Readonly<Record<string, string>> = {}) {
  const newsroom = join(folder, 'newsroom.json')
  writeFileSync(newsroom, JSON.stringify({ name: 'News', languages: [{ tag: 'en' }], rules }))
  const service = await startNode(folder, { NEWSROOM: newsroom, ...env })
  clean(() => service.end('SIGKILL'))
  return service
}

const post = (service: Running, path: string, body: unknown, key = newKey()) =>
  ask(service.url, 'POST', path, body, { 'idempotency-key': key })
const itemIn = async (answer: Response) => ((await answer.json()) as { item: Item }).item
const readItem = async (service: Running, id: string) => itemIn(await ask(service.url, 'GET', `/v1/desk/items/${id}`))
const versions = async (service: Running, id: string) => {
  const answer = await ask(service.url, 'GET', `/v1/alerts/${id}`)
  return answer.status === 404 ? 0 : ((await answer.json()) as { history: readonly unknown[] }).history.length
}

test.each([0, 1, 2, 3, 4, 5])(
  'kill -9 around the release (%i): what was answered is kept, and it goes out once',
  async (nth) => {
    const folder = scratchFolder(clean)
    const first = await start(folder)
    const key = newKey()
    const body = { level: 'urgent', ...english(`Held ${nth}`), holdSeconds: 1 }
    const item = await itemIn(await post(first, '/v1/alerts', body, key))
    // From well before its time to just after it.
    const killMs = Date.parse(item.releaseAt) - Date.now() + ([-900, -20, 0, 20, 100, 400][nth] ?? 0)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, killMs)))
    await first.end('SIGKILL')
    const second = await start(folder)
    await expect.poll(() => versions(second, item.alertId), { timeout: 20_000 }).toBe(1)
    const again = await post(second, '/v1/alerts', body, key)
    expect([again.status, (await itemIn(again)).id]).toEqual([202, item.id])
    expect((await readItem(second, item.id)).state).toBe('published')
    await second.end('SIGKILL')
    expect(await versions(await start(folder), item.alertId)).toBe(1)
  },
)

test('what was cancelled stays so over kill -9, and a draft that was saved is there', async () => {
  const folder = scratchFolder(clean)
  const first = await start(folder)
  const held = await itemIn(await post(first, '/v1/alerts', { level: 'urgent', ...english('No'), holdSeconds: 2 }))
  const draft = await itemIn(await post(first, '/v1/desk/items', english('Not yet')))
  expect((await post(first, `/v1/desk/items/${held.id}/cancel`, {})).status).toBe(200)
  const saved = await ask(first.url, 'PUT', `/v1/desk/items/${draft.id}`, { ...english('Nearly'), version: 1 })
  expect(saved.status).toBe(200)
  await first.end('SIGKILL')
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const second = await start(folder)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect([(await readItem(second, held.id)).state, await versions(second, held.alertId)]).toEqual(['cancelled', 0])
  expect(await readItem(second, draft.id)).toMatchObject({ version: 2, texts: english('Nearly').texts })
})

test('an approval of before the kill counts, and rules that are stricter after the restart hold', async () => {
  const folder = scratchFolder(clean)
  const rules = { levels: { flash: { approvals: 1, holdSeconds: 2 } } }
  const first = await start(folder, rules)
  const key = (await (await ask(first.url, 'POST', '/v1/desk/editors', { name: 'Eve', role: 'editor' })).json()) as {
    key: string
  }
  const asEve = { authorization: `Bearer ${key.key}` }
  const askFlash = async () => {
    const item = await itemIn(await post(first, '/v1/alerts', { level: 'flash', ...english('Quake') }))
    const path = `/v1/desk/items/${item.id}/approve`
    const approved = await ask(first.url, 'POST', path, { hash: item.hash }, { ...asEve, 'idempotency-key': newKey() })
    expect((await itemIn(approved)).state).toBe('held')
    return item
  }
  const item = await askFlash()
  await first.end('SIGKILL')
  const second = await start(folder, rules)
  await expect.poll(() => versions(second, item.alertId), { timeout: 20_000 }).toBe(1)
  await second.end('SIGKILL')
  const third = await start(folder, rules)
  const late = await itemIn(await post(third, '/v1/alerts', { level: 'flash', ...english('Second') }))
  await ask(
    third.url,
    'POST',
    `/v1/desk/items/${late.id}/approve`,
    { hash: late.hash },
    { ...asEve, 'idempotency-key': newKey() },
  )
  await third.end('SIGKILL')
  const strict = await start(folder, { levels: { flash: { approvals: 2 } } })
  await expect.poll(async () => (await readItem(strict, late.id)).state, { timeout: 20_000 }).toBe('awaiting-approval')
  expect(await versions(strict, late.alertId)).toBe(0)
})

test('several processes on one database release it once', async () => {
  const service = await start(scratchFolder(clean), {}, { PROCESSES: '2' })
  const items = await Promise.all(
    Array.from({ length: 8 }, async (_, nth) =>
      itemIn(await post(service, '/v1/alerts', { level: 'urgent', ...english(`At once ${nth}`), holdSeconds: 1 })),
    ),
  )
  for (const { alertId } of items) await expect.poll(() => versions(service, alertId), { timeout: 20_000 }).toBe(1)
})
