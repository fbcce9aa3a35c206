import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newEditor } from '../../support/browser/desk-page.ts'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { ask, english, newKey } from '../../support/processes/service.ts'
import { startWorker } from '../../support/processes/worker-process.ts'
import { until } from '../../support/push/push-deps.ts'
import { type PushService, type Reader, startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Editors are told in their own browsers, by whole services on each store and on Workers.

const clean = cleaning()

type Open = (service: PushService) => Promise<readonly string[]>

const connectTo = (service: PushService) =>
  [...service.connectTo].map(([host, { address, port }]) => `${host}=${address}:${port}`).join(',')

const places: readonly (readonly [string, Open])[] = [
  [
    'Node with SQLite',
    async (service) => {
      const node = await startPushing(scratchFolder(clean), service)
      clean(() => node.end('SIGTERM'))
      return [node.url]
    },
  ],
  [
    'two nodes with PostgreSQL',
    async (service) => {
      const ca = join(scratchFolder(clean), 'ca.pem')
      writeFileSync(ca, service.certificate.cert)
      const { nodes } = await startNodes(clean, 2, { NODE_EXTRA_CA_CERTS: ca, PUSH_CONNECT_TO: connectTo(service) })
      return nodes.map(({ url }) => url)
    },
  ],
  [
    'Workers',
    async (service) => {
      const folder = scratchFolder(clean)
      const caFile = join(folder, 'ca.pem')
      writeFileSync(caFile, service.certificate.cert)
      const worker = await startWorker({ folder, caFile, settings: { PUSH_CONNECT_TO: connectTo(service) } })
      clean(() => worker.end())
      return [worker.url]
    },
  ],
]

test.each(places)(
  'on %s an editor is told that an item awaits approval, once and not of what it says, until the key ends',
  async (_, open) => {
    const service = await startPushService()
    clean(() => service.close())
    const urls = await open(service)
    const [url = '', other = url] = [urls[0], urls.at(-1)]
    const [writer, editor, approver] = await Promise.all(
      (['writer', 'editor', 'editor'] as const).map((role, nth) => newEditor(url, `Person ${nth}`, role)),
    )
    const as = (key = '') => ({ authorization: `Bearer ${key}` })
    const bodyOf = ({ address: { endpoint, p256dh, auth } }: Reader) => ({
      subscription: { endpoint, keys: { p256dh, auth } },
    })
    const [own, approving] = [service.makeReader(), service.makeReader()]
    const turnOn = (key: string | undefined, reader: Reader) =>
      ask(other, 'POST', '/v1/desk/notifications', bodyOf(reader), as(key))
    expect((await turnOn(writer?.key, own)).status, 'a writer approves nothing').toBe(403)
    expect((await turnOn(editor?.key, own)).status).toBe(201)
    expect((await turnOn(approver?.key, approving)).status).toBe(201)
    expect((await turnOn(approver?.key, approving)).status, 'the same again').toBe(200)
    const listed = await ask(url, 'GET', '/v1/desk/notifications', undefined, as(approver?.key))
    expect(await listed.json()).toMatchObject({ browsers: [{ since: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) }] })

    const submit = async (key = '') => {
      const body = { level: 'urgent', ...english('Nobody knows yet') }
      const made = await ask(url, 'POST', '/v1/desk/items', body, { ...as(key), 'idempotency-key': newKey() })
      const { item } = (await made.json()) as { item: { id: string } }
      const path = `/v1/desk/items/${item.id}/submit`
      const asked = await ask(url, 'POST', path, {}, { ...as(key), 'idempotency-key': newKey() })
      expect(asked.status).toBe(200)
      return item.id
    }
    const id = await submit(editor?.key)
    await until(() => service.counterTotals.length === 1)
    expect(service.got(approving.id)).toMatchObject([
      { notification: { title: 'An item awaits your approval', body: '', tag: `desk-${id}`, data: { kind: 'desk' } } },
    ])
    expect(JSON.stringify(service.got(approving.id))).not.toContain('Nobody knows')
    expect(service.counterTotals[0]?.headers).toMatchObject({ urgency: 'high', 'content-encoding': 'aes128gcm' })

    expect((await ask(url, 'DELETE', `/v1/desk/editors/${approver?.editor.id}`)).status).toBe(204)
    await submit(writer?.key)
    await until(() => service.got(own.id).length === 1)
    expect(service.got(approving.id)).toHaveLength(1)
    expect(new Set(service.counterTotals.map(({ body }) => body.length)).size, 'each is as long').toBe(1)
  },
  180_000,
)
