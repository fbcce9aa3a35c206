import { expect, test } from 'vitest'
import { ask, english, publish, revise } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { type PushService, type Reader, startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

async function subscribe(url: string, reader: Reader, more: object = {}): Promise<{ id: string; token: string }> {
  const { endpoint, p256dh, auth } = reader.address
  const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] }, ...more }
  const answer = await ask(url, 'POST', '/v1/subscriptions', body)
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as { id: string; token: string }
}

async function delivery(url: string, id: string) {
  const answer = await ask(url, 'GET', `/v1/alerts/${id}/delivery`)
  return JSON.stringify(await answer.json())
}

async function setUp(): Promise<PushService> {
  const service = await startPushService()
  clean(() => service.close())
  return service
}

test('killed in the middle of 400 pushes and started again, every reader has the alert, under one Topic', async () => {
  const service = await setUp()
  const folder = scratchFolder(clean)
  const first = await startPushing(folder, service)
  clean(() => first.end('SIGKILL'))
  const readers = Array.from({ length: 400 }, () => service.makeReader())
  for (const reader of readers) await subscribe(first.url, reader)
  service.script = () => {
    if (service.counterTotals.length === 150) void first.end('SIGKILL')
    return { status: 201 }
  }
  const { alert } = await publish(first.url, english('Monitors leave the valley')).catch(() => ({ alert: null }))
  await until(() => first.child.signalCode !== null)
  const second = await startPushing(folder, service)
  clean(() => second.end('SIGTERM'))
  const reached = (): number => new Set(service.counterTotals.map(({ readerId }) => readerId)).size
  await until(() => reached() === 400)
  expect(alert).not.toBeNull()
  expect(new Set(service.counterTotals.map(({ headers }) => headers.topic)).size).toBe(1)
  for (const reader of readers)
    for (const payload of service.got(reader.id)) expect(payload).toMatchObject({ notification: { tag: alert?.id } })
}, 180_000)

test('a test alert goes to test subscriptions only, and a public one never to them', async () => {
  const service = await setUp()
  const tocsin = await startPushing(scratchFolder(clean), service)
  clean(() => tocsin.end('SIGTERM'))
  const [reader, tester] = [service.makeReader(), service.makeReader()]
  await subscribe(tocsin.url, reader)
  await subscribe(tocsin.url, tester, { audience: 'test' })
  await publish(tocsin.url, { ...english('Only a drill'), audience: 'test' })
  await until(() => service.counterTotals.length === 1)
  const { alert } = await publish(tocsin.url, english('Not a drill'))
  await until(async () => (await delivery(tocsin.url, alert.id)).includes('"accepted":1'))
  expect(service.got(tester.id)).toMatchObject([{ notification: { title: 'Only a drill' } }])
  expect(service.got(reader.id)).toMatchObject([{ notification: { title: 'Not a drill' } }])
})

test('a reader whose browser has left is deleted, and the test notification reaches the one who asks', async () => {
  const service = await setUp()
  const tocsin = await startPushing(scratchFolder(clean), service)
  clean(() => tocsin.end('SIGTERM'))
  const [stays, leaves] = [service.makeReader(), service.makeReader('fcm.googleapis.com')]
  const { id, token } = await subscribe(tocsin.url, stays)
  await subscribe(tocsin.url, leaves)
  const tested = await fetch(new URL(`/v1/subscriptions/${id}/test`, tocsin.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  expect(await tested.json()).toEqual({ result: 'sent' })
  expect(service.got(stays.id)).toMatchObject([
    { notification: { title: 'Test notification', data: { kind: 'test' } } },
  ])
  service.script = ({ readerId }) => ({ status: readerId === leaves.id ? 410 : 201 })
  const { alert } = await publish(tocsin.url, english('One'))
  // A fresh subscription is asked twice, a minute apart, so this one still waits.
  await until(async () => /"accepted":1.*"waiting":1/.test(await delivery(tocsin.url, alert.id)))
  await revise(tocsin.url, alert.id, 'correction', { note: { en: 'Two, not one.' } })
  await until(async () => (await delivery(tocsin.url, alert.id)).includes('"stopped":1'))
  await until(() => service.got(stays.id).length === 3)
  expect(service.got(stays.id)[2]).toMatchObject({ notification: { title: 'Correction: One', body: 'Two, not one.' } })
})
