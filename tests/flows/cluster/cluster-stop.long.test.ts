import { expect, test } from 'vitest'
import { leasesIn, subscribeReaders } from '../../support/cluster/push-readers.ts'
import { openDatabase } from '../../support/postgres/fresh-database.ts'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { ask, english, publish } from '../../support/processes/service.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const people = 8_000
/** Longer than a node goes by the state that it has read, so that hardly any request ends meanwhile. */
const answerMs = 1_000

/** Three nodes that are in the middle of an alert's pushes, each with requests that the push service has not answered. */
async function midAlert() {
  const service = await startPushService()
  clean(() => service.close())
  const start = (dir: string, env: Record<string, string> = {}) => startPushing(dir, service, env)
  const { nodes, databaseUrl, dataDir } = await startNodes(clean, 3, { PUSH_THREADS: '1' }, start)
  const database = openDatabase(clean, databaseUrl)
  const readerIds = await subscribeReaders(service, database, dataDir, people)
  const asked = new Map<string, number>()
  let afterMs = answerMs
  let [inFlight, inFlightMax] = [0, 0]
  service.script = ({ readerId }) => {
    asked.set(readerId, (asked.get(readerId) ?? 0) + 1)
    inFlight += 1
    inFlightMax = Math.max(inFlightMax, inFlight)
    setTimeout(() => {
      inFlight -= 1
    }, afterMs)
    return { status: 201, afterMs }
  }
  const { alert } = await publish(nodes[0].url, english('Monitors leave the valley'))
  const owners = async () => (await leasesIn(database)).map(({ owner }) => owner.split('.')[0])
  const pids = nodes.map(({ child }) => `${child.pid}`)
  await expect.poll(owners, { timeout: 60_000 }).toEqual(expect.arrayContaining(pids))
  await expect.poll(() => service.counterTotals.length, { timeout: 60_000 }).toBeGreaterThan(20)
  return {
    ...{ url: nodes[0].url, alert, readerIds, asked },
    /** How many requests were in progress at once until now, at most. */
    inFlightMax: () => inFlightMax,
    /** Resolves when no node has anything leased any more. */
    settled: () => expect.poll(() => leasesIn(database), { timeout: 100_000 }).toEqual([]),
    delivery: async () => (await ask(nodes[2]?.url ?? '', 'GET', `/v1/alerts/${alert.id}/delivery`)).json(),
    answerAtOnce() {
      afterMs = 0
    },
  }
}

/** At most so many requests are begun after the answer: what a node begins by the state that it has just read. */
const begunMax = (inFlightMax: number) => 2 * inFlightMax

test('the kill switch at one node stops pushes that run on others; after the resume every reader has the alert once', async () => {
  const { url, asked, readerIds, inFlightMax, settled, delivery, answerAtOnce } = await midAlert()
  expect((await ask(url, 'POST', '/v1/desk/pause', { reason: 'Someone has our key.' })).status).toBe(200)
  const [begun, atOnce] = [asked.size, inFlightMax()]
  await settled()
  expect(asked.size - begun).toBeLessThanOrEqual(begunMax(atOnce))
  const paused = asked.size
  expect(paused).toBeLessThan(people / 2)
  expect(await delivery()).toMatchObject({ deliveries: [{ accepted: paused, stopped: 0, waiting: people - paused }] })
  answerAtOnce()
  expect((await ask(url, 'POST', '/v1/desk/resume', { reason: 'The key is changed.' })).status).toBe(200)
  await expect
    .poll(delivery, { timeout: 200_000, interval: 500 })
    .toMatchObject({ deliveries: [{ accepted: people, failed: 0, waiting: 0 }] })
  expect(readerIds.filter((id) => asked.get(id) !== 1)).toEqual([])
}, 400_000)

test('an alert that is stopped at one node goes no further on others', async () => {
  const { url, alert, asked, inFlightMax, settled, delivery } = await midAlert()
  expect((await ask(url, 'POST', `/v1/alerts/${alert.id}/stop`)).status).toBe(200)
  const [begun, atOnce] = [asked.size, inFlightMax()]
  await settled()
  expect(asked.size - begun).toBeLessThanOrEqual(begunMax(atOnce))
  expect(asked.size).toBeLessThan(people / 2)
  expect(await delivery()).toMatchObject({
    deliveries: [{ accepted: asked.size, stopped: people - asked.size, waiting: 0 }],
  })
}, 400_000)
