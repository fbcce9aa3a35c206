import { expect, test } from 'vitest'
import { checkAlarms } from '../../src/cli/doctor/doctor-alarms.ts'
import { tryPush } from '../../src/cli/doctor/doctor-try.ts'
import { adminKey, ask } from '../support/processes/service.ts'
import { type Reader, startPushService } from '../support/push/push-service.ts'
import { startPushing } from '../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()
const stop = new AbortController().signal
const newsroom = { languages: [{ tag: 'en' }, { tag: 'fa' }] }

async function setUp() {
  const service = await startPushService()
  clean(() => service.close())
  const running = await startPushing(scratchFolder(clean), service)
  clean(() => running.end('SIGTERM'))
  const tocsin = { url: new URL(running.url), key: adminKey }
  const subscribe = async ({ address: { endpoint, p256dh, auth } }: Reader, audience: string) => {
    const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['fa'] }, audience }
    expect((await ask(running.url, 'POST', '/v1/subscriptions', body)).status).toBe(201)
  }
  return { service, tocsin, subscribe, url: running.url }
}

test("the doctor's test alert reaches test devices by the whole way, and no reader", async () => {
  const { service, tocsin, subscribe } = await setUp()
  expect(await tryPush(tocsin, newsroom, stop)).toMatchObject({
    state: 'doubt',
    why: expect.stringContaining('No device'),
  })
  const [reader, device] = [service.makeReader(), service.makeReader('fcm.googleapis.com')]
  await subscribe(reader, 'public')
  await subscribe(device, 'test')
  expect(await tryPush(tocsin, newsroom, stop)).toMatchObject({
    state: 'good',
    what: expect.stringContaining('1 of 1 accepted'),
  })
  expect(service.got(device.id)).toMatchObject([{ notification: { title: 'Test', lang: 'fa' } }])
  expect(service.got(reader.id)).toEqual([])
  expect(await checkAlarms(tocsin, stop)).toMatchObject([{ state: 'good' }])
})

test('a push service that refuses is found, with its host, its answer and what to do', async () => {
  const { service, tocsin, subscribe } = await setUp()
  service.script = () => ({ status: 400 })
  await subscribe(service.makeReader('fcm.googleapis.com'), 'test')
  expect(await tryPush(tocsin, newsroom, stop)).toMatchObject({
    state: 'fault',
    why: expect.stringContaining('1 failed'),
  })
  // That it reached nobody is a fault besides.
  expect(await checkAlarms(tocsin, stop)).toContainEqual(
    expect.objectContaining({
      state: 'fault',
      why: expect.stringMatching(/^fcm\.googleapis\.com: .*400/),
      mend: expect.any(String),
    }),
  )
})

test('while publishing is paused, the doctor says so and sends nothing', async () => {
  const { service, tocsin, subscribe, url } = await setUp()
  await subscribe(service.makeReader(), 'test')
  expect((await ask(url, 'POST', '/v1/desk/pause', { reason: 'Someone has our key.' })).status).toBe(200)
  expect(await tryPush(tocsin, newsroom, stop)).toMatchObject({
    state: 'doubt',
    mend: expect.stringContaining('Resume'),
  })
  expect(service.counterTotals).toEqual([])
})
