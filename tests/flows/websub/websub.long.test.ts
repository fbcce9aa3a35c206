import { expect, test } from 'vitest'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { english, publish, startNode } from '../../support/processes/service.ts'
import { startWorker } from '../../support/processes/worker-process.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { linksOf, startSubscriber } from '../../support/websub/subscriber.ts'

// WebSub of whole services, with a subscriber that is written to the specification and knows only the address of a feed.

const clean = cleaning()

test.each([
  ['Node', (host: string) => startNode(scratchFolder(clean), { WEBSUB_LOCAL_HOSTS: host })],
  [
    'Node in two processes',
    (host: string) => startNode(scratchFolder(clean), { WEBSUB_LOCAL_HOSTS: host, PROCESSES: '2' }),
  ],
  ['Workers', (host: string) => startWorker({ folder: scratchFolder(clean), settings: { WEBSUB_LOCAL_HOSTS: host } })],
] as const)(
  'a subscriber finds the hub of a feed, subscribes, is sent what is published, and leaves: %s',
  async (_, start) => {
    const subscriber = await startSubscriber(clean)
    const service = await start(subscriber.host)
    clean(() => service.end('SIGKILL'))
    const feed = await fetch(`${service.url}/feeds/en.atom`)
    await feed.text()
    const links = linksOf(feed.headers.get('link') ?? '')
    const [hub = '', topic = ''] = [links.get('hub'), links.get('self')]
    const ask = async (mode: 'subscribe' | 'unsubscribe') =>
      (await fetch(hub, { method: 'POST', body: subscriber.form(mode, topic) })).status
    expect(await ask('subscribe')).toBe(202)
    await expect.poll(() => subscriber.verifications.length, { timeout: 15_000 }).toBe(1)
    await publish(service.url, { ...english('Told by the hub'), level: 'routine' })
    await expect
      .poll(() => subscriber.contents.at(-1)?.body ?? '', { timeout: 15_000 })
      .toContain('<title>Told by the hub</title>')
    expect(subscriber.contents.at(-1)).toMatchObject({ hub, self: topic, isSigned: true })
    expect(await ask('unsubscribe')).toBe(202)
    await expect.poll(() => subscriber.verifications.length, { timeout: 15_000 }).toBe(2)
  },
)

test('of two nodes on one database each change is sent once, whichever was asked; when one is killed the other goes on', async () => {
  const subscriber = await startSubscriber(clean)
  const env = { WEBSUB_LOCAL_HOSTS: subscriber.host, PUBLIC_URL: 'https://alerts.example' }
  const { nodes } = await startNodes(clean, 2, env)
  const [one, two = one] = nodes
  const topic = 'https://alerts.example/feeds/en.json'
  const body = subscriber.form('subscribe', topic)
  expect((await fetch(new URL('/v1/websub', one.url), { method: 'POST', body })).status).toBe(202)
  await expect.poll(() => subscriber.verifications.length, { timeout: 15_000 }).toBe(1)
  const newest = () => JSON.parse(subscriber.contents.at(-1)?.body ?? '{"items":[]}').items[0]?.title
  for (let count = 0; count < 10; count += 1) {
    await publish([one, two][count % 2]?.url ?? '', { ...english(`Alert ${count}`), level: 'routine' })
    await expect.poll(newest, { timeout: 15_000 }).toBe(`Alert ${count}`)
  }
  expect(subscriber.contents).toHaveLength(10)
  await one.end('SIGKILL')
  await publish(two.url, { ...english('The last'), level: 'routine' })
  // A lease of the one that was killed ends after 20 s.
  await expect.poll(newest, { timeout: 60_000 }).toBe('The last')
  expect(subscriber.contents.every(({ isSigned }) => isSigned)).toBe(true)
})
