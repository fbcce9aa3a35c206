import { expect, test } from 'vitest'
import { makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { ask, english, publish } from '../../support/processes/service.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

test('2,000 pushes over three nodes, one of them killed in the middle: every reader has the alert, and few have it twice', async () => {
  const people = 2_000
  const service = await startPushService()
  clean(() => service.close())
  const start = (dataDir: string, env: Record<string, string> = {}) => startPushing(dataDir, service, env)
  const { nodes } = await startNodes(clean, 3, { PUSH_THREADS: '1' }, start)
  const some = Array.from({ length: 20 }, () => makeBrowserKeys())
  const readers = Array.from({ length: people }, (_, nth) => service.makeReader(undefined, some[nth % some.length]))
  for (let at = 0; at < people; at += 100)
    await Promise.all(
      readers.slice(at, at + 100).map(async ({ address: { endpoint, p256dh, auth } }, nth) => {
        const body = { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
        expect((await ask(nodes[nth % 3]?.url ?? '', 'POST', '/v1/subscriptions', body)).status).toBe(201)
      }),
    )
  const reached = new Map<string, number>()
  let killedAt: number | null = null
  service.script = ({ readerId }) => {
    reached.set(readerId, (reached.get(readerId) ?? 0) + 1)
    if (killedAt === null && reached.size >= 300) {
      killedAt = reached.size
      nodes[0].child.kill('SIGKILL')
    }
    return { status: 201, afterMs: 20 }
  }
  const { alert } = await publish(nodes[1]?.url ?? '', english('Monitors leave the valley'))
  const delivery = async () => (await ask(nodes[2]?.url ?? '', 'GET', `/v1/alerts/${alert.id}/delivery`)).text()
  // The killed node's leases end by the database's clock.
  await expect.poll(delivery, { timeout: 200_000, interval: 500 }).toContain(`"accepted":${people}`)
  expect(killedAt, 'it was killed in the middle').toBeLessThan(people)
  expect(readers.filter(({ id }) => !reached.has(id))).toEqual([])
  const repeated = [...reached.values()].filter((count) => count > 1).length
  // What one thread has leased: batches in progress, times the pushes in each.
  expect(repeated).toBeLessThanOrEqual(8 * 200)
})
