import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alarmsAnswer, stoppedAnswer } from '../../../src/http/api/desk/desk-pushes.ts'
import { pauseAnswer } from '../../../src/http/api/desk/pause-routes.ts'
import { dryRunAnswer, problemAnswerSchema } from '../../../src/http/openapi/response-schemas.ts'
import { importCrowd } from '../../support/bulk-subscriptions.ts'
import { ask, english, newKey, publish, revise } from '../../support/processes/service.ts'
import { makeInterest, until } from '../../support/push/push-deps.ts'
import { type PushService, type Reader, startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// The real service in its process, its sending threads, and the push service of the tests.

const clean = cleaning()
const persian = { texts: { fa: { headline: 'یک', summary: '' } } }

async function setUp(env: Record<string, string> = {}) {
  const service = await startPushService()
  clean(() => service.close())
  const folder = scratchFolder(clean)
  const tocsin = await startPushing(folder, service, env)
  clean(() => tocsin.end('SIGTERM'))
  return { service, folder, tocsin, url: tocsin.url }
}

async function subscribe(url: string, { address }: Reader, languages = ['en']): Promise<void> {
  const { endpoint, p256dh, auth } = address
  const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages } }
  const answer = await ask(url, 'POST', '/v1/subscriptions', body)
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
}

/** Readers at two services; the first is one that takes nothing until `opens` is called. */
async function subscribeAtShutService(url: string, service: PushService, count: number) {
  for (let made = 0; made < count; made += 1) await subscribe(url, service.makeReader())
  const elsewhere = service.makeReader('fcm.googleapis.com')
  await subscribe(url, elsewhere, ['fa', 'en'])
  service.script = ({ host }) => ({ status: host === 'fcm.googleapis.com' ? 201 : 503 })
  const opens = () => {
    service.script = () => ({ status: 201 })
  }
  return { elsewhere, opens }
}

async function delivery(url: string, id: string) {
  const answer = await ask(url, 'GET', `/v1/alerts/${id}/delivery`)
  const { deliveries } = (await answer.json()) as { deliveries: { accepted: number; waiting: number }[] }
  return deliveries
}

async function keyOf(url: string, role: 'writer' | 'editor') {
  const { key } = (await (await ask(url, 'POST', '/v1/desk/editors', { name: role, role })).json()) as { key: string }
  return { authorization: `Bearer ${key}` }
}

const taken = (service: PushService, id: string) =>
  service.counterTotals.filter(
    ({ status, payload }) => status === 201 && (payload as { notification: { tag: string } }).notification.tag === id,
  ).length

test('a stopped alert goes no further: the answer and the delivery say how many had it', async () => {
  const { service, url } = await setUp()
  const { opens, elsewhere } = await subscribeAtShutService(url, service, 10)
  const { alert } = await publish(url, english('Stop this'))
  await until(async () => (await delivery(url, alert.id))[0]?.accepted === 1 && service.counterTotals.length >= 11)
  expect((await ask(url, 'POST', `/v1/alerts/${alert.id}/stop`, undefined, await keyOf(url, 'writer'))).status).toBe(
    403,
  )
  const answer = await ask(url, 'POST', `/v1/alerts/${alert.id}/stop`, undefined, await keyOf(url, 'editor'))
  expect(stoppedAnswer.parse(await answer.json())).toEqual({ accepted: 1, stopped: 10 })
  opens()
  const other = await publish(url, english('Another'))
  await until(async () => (await delivery(url, other.alert.id))[0]?.accepted === 11)
  expect(await delivery(url, alert.id)).toMatchObject([{ accepted: 1, stopped: 10, waiting: 0 }])
  expect(taken(service, alert.id)).toBe(1)
  expect(service.got(elsewhere.id)).toHaveLength(2)
})

test('stopped right after it was published, an alert stays stopped; an unknown one is refused', async () => {
  const { service, url } = await setUp()
  await subscribeAtShutService(url, service, 5)
  const { alert } = await publish(url, english('Too early'))
  const answer = await ask(url, 'POST', `/v1/alerts/${alert.id}/stop`)
  expect(answer.status).toBe(200)
  await until(async () => (await delivery(url, alert.id))[0]?.waiting === 0)
  const unknown = await ask(url, 'POST', '/v1/alerts/01932f6e-0000-7000-8000-000000000001/stop')
  expect([unknown.status, problemAnswerSchema.parse(await unknown.json()).code]).toEqual([404, 'no-such-alert'])
})

test('a pause refuses what it covers, lets retractions through, and holds running pushes until it ends', async () => {
  const { service, url } = await setUp()
  const { opens, elsewhere } = await subscribeAtShutService(url, service, 10)
  const running = await publish(url, english('Already on its way'))
  const wrong = await publish(url, english('Quite wrong'))
  await until(async () => (await delivery(url, running.alert.id))[0]?.accepted === 1)
  await until(async () => (await delivery(url, wrong.alert.id))[0]?.accepted === 1)
  const paused = await ask(url, 'POST', '/v1/desk/pause', { languages: ['en'], reason: 'Someone has our key.' })
  const { pause } = pauseAnswer.parse(await paused.json())
  expect(pause).toMatchObject({ languages: ['en'], topics: [], reason: 'Someone has our key.', byName: 'First admin' })

  // A dry run is allowed during a pause, and warns of it.
  const preview = await ask(url, 'POST', '/v1/alerts?dryRun=true', { level: 'flash', ...english('Now?') })
  const { warnings, previews } = dryRunAnswer.parse(await preview.json())
  expect(warnings.map(({ detail }) => detail).filter((detail) => detail.includes('is paused (en)'))).toHaveLength(1)
  expect([preview.status, Object.keys(previews)]).toEqual([200, ['en']])
  const update = await ask(url, 'POST', `/v1/alerts/${running.alert.id}/update?dryRun=true`, english('More'))
  expect([update.status, await update.text()]).toEqual([200, expect.stringContaining('is paused (en)')])

  const refused = await ask(
    url,
    'POST',
    '/v1/alerts',
    { level: 'flash', ...english('Now?') },
    { 'idempotency-key': newKey() },
  )
  expect(refused.status).toBe(423)
  const problem = problemAnswerSchema.parse(await refused.json())
  expect(problem).toMatchObject({ code: 'paused' })
  expect(problem.detail).toContain('Someone has our key.')
  await expect(revise(url, running.alert.id, 'update', english('More'))).rejects.toThrow('423')

  opens()
  const retraction = await revise(url, wrong.alert.id, 'retraction', { note: { en: 'Not so.' } })
  await until(async () => (await delivery(url, retraction.alert.id))[1]?.accepted === 11)
  const { alert } = await publish(url, persian)
  await until(async () => (await delivery(url, alert.id))[0]?.accepted === 1)
  expect(await delivery(url, running.alert.id)).toMatchObject([{ accepted: 1, waiting: 10, stopped: 0 }])
  expect(taken(service, running.alert.id)).toBe(1)

  const resumed = await ask(url, 'POST', '/v1/desk/resume', { reason: 'The key is changed.' })
  expect(pauseAnswer.parse(await resumed.json())).toEqual({ pause: null })
  await until(async () => (await delivery(url, running.alert.id))[0]?.accepted === 11)
  expect(service.got(elsewhere.id)).toHaveLength(4)
})

test('what the newsroom has dropped stays in the pause, in sight, and can be taken out of it', async () => {
  const { service, folder, tocsin } = await setUp()
  const scope = { languages: ['fa', 'ps'], topics: ['iran'], reason: 'Checking.' }
  await ask(tocsin.url, 'POST', '/v1/desk/pause', scope)
  await tocsin.end('SIGTERM')
  const file = join(folder, 'newsroom.json')
  writeFileSync(file, JSON.stringify({ name: 'Smaller', languages: [{ tag: 'en' }, { tag: 'fa' }], rules: 'none' }))
  const again = await startPushing(folder, service, { NEWSROOM: file })
  clean(() => again.end('SIGTERM'))
  const turn = async (path: string, body: object) => {
    const answer = await ask(again.url, 'POST', `/v1/desk/${path}`, { reason: 'Right.', ...body })
    return answer.ok
      ? pauseAnswer.parse(await answer.json()).pause
      : problemAnswerSchema.parse(await answer.json()).code
  }
  const seen = pauseAnswer.parse(await (await ask(again.url, 'GET', '/v1/desk/pause')).json()).pause
  expect(seen).toMatchObject({ languages: ['fa', 'ps'], topics: ['iran'] })
  expect(await turn('resume', { languages: ['en'] })).toBe('not-paused-so')
  expect(await turn('resume', { languages: ['xx'] })).toBe('invalid')
  expect(await turn('pause', { languages: ['PS'] })).toMatchObject({ languages: ['fa', 'ps'], topics: ['iran'] })
  expect(await turn('resume', { languages: ['ps'] })).toMatchObject({ languages: ['fa'], topics: ['iran'] })
  expect(await turn('resume', { languages: ['ps'] })).toBe('invalid')
  expect(await turn('resume', { topics: ['iran'] })).toMatchObject({ languages: ['fa'], topics: [] })
  expect(await turn('resume', { languages: ['fa'] })).toBeNull()
})

test('an answer that was lost is given again during a pause: what is out is not refused', async () => {
  const { url } = await setUp()
  const key = newKey()
  const first = await publish(url, english('Once'), key)
  await ask(url, 'POST', '/v1/desk/pause', { reason: 'All quiet.' })
  expect(await publish(url, english('Once'), key)).toEqual(first)
  await expect(publish(url, english('Twice'))).rejects.toThrow('423')
})

test('a pause outlives the process; writers see it, only admins turn it', async () => {
  const { service, folder, tocsin } = await setUp()
  await ask(tocsin.url, 'POST', '/v1/desk/pause', { topics: ['iran'], reason: 'Checking.' })
  await tocsin.end('SIGKILL')
  const again = await startPushing(folder, service)
  clean(() => again.end('SIGTERM'))
  const [writer, editor] = [await keyOf(again.url, 'writer'), await keyOf(again.url, 'editor')]
  const seen = await ask(again.url, 'GET', '/v1/desk/pause', undefined, writer)
  expect(pauseAnswer.parse(await seen.json()).pause).toMatchObject({ topics: ['iran'], reason: 'Checking.' })
  for (const path of ['pause', 'resume'])
    expect((await ask(again.url, 'POST', `/v1/desk/${path}`, { reason: 'x' }, editor)).status).toBe(403)
  expect((await fetch(new URL('/v1/desk/pause', again.url))).status).toBe(401)
  const wrong = await ask(again.url, 'POST', '/v1/desk/resume', { topics: ['ukraine'], reason: 'x' })
  expect(problemAnswerSchema.parse(await wrong.json()).code).toBe('not-paused-so')
})

test('a service that finds our requests wrong is an alarm at the desk and in the metrics', async () => {
  const { service, url } = await setUp()
  await subscribe(url, service.makeReader())
  expect(alarmsAnswer.parse(await (await ask(url, 'GET', '/v1/desk/alarms')).json())).toEqual({ alarms: [] })
  service.script = () => ({ status: 413 })
  const { alert } = await publish(url, english('Too large'))
  await until(async () => JSON.stringify(await delivery(url, alert.id)).includes('"failed":1'))
  const alarms = async () => alarmsAnswer.parse(await (await ask(url, 'GET', '/v1/desk/alarms')).json()).alarms
  // That the alert reached nobody is an alarm of its own.
  await until(async () => (await alarms()).length === 2)
  const ours = { kind: 'ours', host: 'updates.push.services.mozilla.com' }
  expect(await alarms()).toEqual(
    expect.arrayContaining([expect.objectContaining(ours), expect.objectContaining({ kind: 'failed' })]),
  )
  const metrics = await (await ask(url, 'GET', '/metrics')).text()
  expect(metrics).toContain('tocsin_alarms{kind="ours"} 1')
  expect(metrics).toContain('tocsin_alarms{kind="gone"} 0')
  expect((await fetch(new URL('/v1/desk/alarms', url))).status).toBe(401)
})

test('when more than 5 % of a run look gone, nobody is deleted, all the others are sent to, and log, metrics and desk say so', async () => {
  const service = await startPushService()
  clean(() => service.close())
  const folder = scratchFolder(clean)
  const readers = Array.from({ length: 300 }, () => service.makeReader('fcm.googleapis.com'))
  await importCrowd(
    folder,
    readers.map(({ address }) => ({ address, interest: makeInterest() })),
  )
  const lost = new Set(readers.slice(0, 20).map(({ id }) => id))
  service.script = ({ readerId }) => ({ status: lost.has(readerId) ? 410 : 201 })
  const tocsin = await startPushing(folder, service)
  clean(() => tocsin.end('SIGTERM'))
  const { alert } = await publish(tocsin.url, english('Too many are gone'))
  await until(async () => JSON.stringify(await delivery(tocsin.url, alert.id)).includes('"waiting":0'))
  expect(await delivery(tocsin.url, alert.id)).toMatchObject([{ accepted: 280, gone: 20, failed: 0 }])
  const count = await ask(tocsin.url, 'GET', '/v1/desk/subscriptions/count')
  expect(await count.json()).toMatchObject({ total: 300 })

  const { alarms } = alarmsAnswer.parse(await (await ask(tocsin.url, 'GET', '/v1/desk/alarms')).json())
  expect(alarms).toMatchObject([{ kind: 'gone', detail: expect.stringContaining('No subscription is deleted') }])
  expect(await (await ask(tocsin.url, 'GET', '/metrics')).text()).toContain('tocsin_alarms{kind="gone"} 1')
  expect(tocsin.error().match(/No subscription is deleted/g)).not.toBeNull()
})

test('of several processes, each gives the same alarms, and a pause made at one holds at all', async () => {
  const { service, url } = await setUp({ PROCESSES: '2' })
  await subscribe(url, service.makeReader())
  service.script = () => ({ status: 400 })
  await publish(url, english('Not liked'))
  const alarms = async () => alarmsAnswer.parse(await (await ask(url, 'GET', '/v1/desk/alarms')).json()).alarms
  await until(async () => (await alarms()).length === 2)
  await ask(url, 'POST', '/v1/desk/pause', { reason: 'Checking.' })
  // The kernel chooses the process for each connection: twenty reach both.
  for (let count = 0; count < 20; count += 1) {
    const answer = await ask(url, 'GET', '/v1/desk/alarms', undefined, { connection: 'close' })
    const kinds = alarmsAnswer.parse(await answer.json()).alarms.map(({ kind }) => kind)
    expect(kinds.sort()).toEqual(['failed', 'ours'])
    await expect(publish(url, english('Now?'))).rejects.toThrow('423')
  }
})
