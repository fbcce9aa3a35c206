import { expect, test } from 'vitest'
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
