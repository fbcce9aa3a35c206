import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, english, publish, startNode } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { startPushService } from '../support/push/push-service.ts'
import { startPushing } from '../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { hostileSuite } from './suites/hostile.ts'
import { httpRulesSuite } from './suites/http-rules.ts'
import { mistakesSuite } from './suites/mistakes.ts'
import { surfaceSuite } from './suites/surface.ts'

// The service with every part on its plain implementation does all that it does with the fast ones.

const name = 'Node with plain implementations'
const clean = cleaning()

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  const service = await startNode(folder, { PLAIN: '1' })
  const close = async () => {
    await service.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: service.url, close }
}

surfaceSuite(name, open)
hostileSuite(name, open)
httpRulesSuite(name, open)
mistakesSuite(name, open)

test('with PLAIN=1 a subscriber gets the alert by web-push, and /metrics names the plain implementations', async () => {
  const push = await startPushService()
  clean(() => push.close())
  const service = await startPushing(scratchFolder(clean), push, { PLAIN: '1' })
  clean(() => service.end('SIGTERM'))
  const reader = push.makeReader()
  const { endpoint, p256dh, auth } = reader.address
  const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
  expect((await ask(service.url, 'POST', '/v1/subscriptions', body)).status).toBe(201)
  const { alert } = await publish(service.url, english('Monitors leave the valley'))
  await until(() => push.got(reader.id).length === 1)
  expect(push.got(reader.id)).toMatchObject([{ notification: { tag: alert.id, title: 'Monitors leave the valley' } }])
  const metrics = await (await fetch(new URL('/metrics', service.url))).text()
  for (const [part, way] of [
    ['push-sender', 'web-push'],
    ['socket-writer', 'ws'],
    ['stream-writer', 'node'],
    ['subscribe-route', 'hono'],
  ])
    expect(metrics).toContain(`tocsin_way_in_use{part="${part}",way="${way}"} 1\n`)
})
