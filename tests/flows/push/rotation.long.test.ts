import { expect, test } from 'vitest'
import webPush from 'web-push'
import { ask, english, publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { type Reader, startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

function newPair() {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  return { publicKey, env: { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey } }
}

async function subscribe(url: string, reader: Reader, vapidPublicKey: string): Promise<{ id: string; token: string }> {
  const { endpoint, p256dh, auth } = reader.address
  const subscription = { endpoint, keys: { p256dh, auth } }
  const body = { subscription, interest: { languages: ['en'] }, vapidPublicKey }
  const answer = await ask(url, 'POST', '/v1/subscriptions', body)
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as { id: string; token: string }
}

test('after a rotation the former key serves its readers until they come by, and then one row is left of each', async () => {
  const service = await startPushService()
  clean(() => service.close())
  const folder = scratchFolder(clean)
  const [former, present] = [newPair(), newPair()]
  const old = await startPushing(folder, service, former.env)
  clean(() => old.end('SIGKILL'))
  const [early, late] = [service.makeReader(), service.makeReader()]
  const saved = await subscribe(old.url, early, former.publicKey)
  await old.end('SIGTERM')

  const tocsin = await startPushing(folder, service, present.env)
  clean(() => tocsin.end('SIGTERM'))
  const newsroom = (await (await fetch(new URL('/v1/newsroom', tocsin.url))).json()) as { vapidPublicKey: string }
  expect(newsroom.vapidPublicKey).toBe(present.publicKey)
  await subscribe(tocsin.url, late, present.publicKey)
  await publish(tocsin.url, english('One'))
  await until(() => service.counterTotals.length === 2)
  const keyFor = (reader: Reader) =>
    service.counterTotals.filter(({ readerId }) => readerId === reader.id).map(({ headers }) => headers.authorization)
  expect(keyFor(early)).toEqual([expect.stringContaining(`k=${former.publicKey}`)])
  expect(keyFor(late)).toEqual([expect.stringContaining(`k=${present.publicKey}`)])

  // The reader's next visit: the browser gives a new address, the page tells it and takes the former back.
  const moved = service.makeReader()
  await subscribe(tocsin.url, moved, newsroom.vapidPublicKey)
  await fetch(new URL(`/v1/subscriptions/${saved.id}`, tocsin.url), {
    method: 'DELETE',
    headers: { authorization: `Bearer ${saved.token}` },
  })
  const count = (await (await ask(tocsin.url, 'GET', '/v1/desk/subscriptions/count')).json()) as { total: number }
  expect(count.total).toBe(2)
  await publish(tocsin.url, english('Two'))
  await until(() => service.counterTotals.length === 4)
  expect(keyFor(moved)).toEqual([expect.stringContaining(`k=${present.publicKey}`)])
  expect(keyFor(early)).toHaveLength(1)
})

test('killed right after an answered 201, no subscription is lost', async () => {
  const service = await startPushService()
  clean(() => service.close())
  const folder = scratchFolder(clean)
  const { publicKey, env } = newPair()
  const first = await startPushing(folder, service, env)
  clean(() => first.end('SIGKILL'))
  const answered: { id: string; token: string }[] = []
  const asking = Array.from({ length: 200 }, async () => {
    const saved = await subscribe(first.url, service.makeReader(), publicKey)
    answered.push(saved)
    if (answered.length === 60) first.child.kill('SIGKILL')
  })
  await Promise.allSettled(asking)
  await until(() => first.child.signalCode !== null)
  expect(answered.length).toBeGreaterThanOrEqual(60)
  const second = await startPushing(folder, service, env)
  clean(() => second.end('SIGTERM'))
  for (const { id, token } of answered) {
    const read = await fetch(new URL(`/v1/subscriptions/${id}`, second.url), {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(read.status).toBe(200)
  }
})
