import { expect, test } from 'vitest'
import { retraction } from '../../support/samples.ts'
import { english, openWebSub, persian, type WebSubStoresRig } from './websub-rig.ts'

const second = 1_000
const hour = 60 * 60 * second
const day = 24 * hour

/** What the hub does on every store, with subscribers that are servers of their own. */
export function webSubContract(open: () => Promise<WebSubStoresRig>, clean: (undo: () => unknown) => void): void {
  const start = () => openWebSub(open, clean)

  test('a subscriber is sent the feed when it changes, signed, with its links; nothing before and nothing else', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.publish()
    await rig.subscribe(subscriber)
    expect(subscriber.verifications).toHaveLength(1)
    expect(subscriber.contents).toEqual([])
    const { alert } = await rig.publish()
    await rig.work()
    const links = { hub: 'https://alerts.example/v1/websub', self: english }
    const type = 'application/atom+xml; charset=utf-8'
    const sent = async () => ({ type, ...links, isSigned: true, body: await rig.feed() })
    expect(subscriber.contents).toEqual([await sent()])
    await rig.append(retraction(alert.id))
    await rig.work()
    expect(subscriber.contents.slice(1)).toEqual([await sent()])
    expect(subscriber.contents[1]?.body).toContain('Retracted: A headline')
    await rig.work()
    expect(subscriber.contents).toHaveLength(2)
  })

  test('a change that the feed does not have is not sent', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.subscribe(subscriber, persian)
    await rig.publish({ topics: ['ukraine'] })
    await rig.publish({ texts: { ru: { headline: 'Заголовок', summary: '' } } })
    await rig.work()
    expect(subscriber.contents).toEqual([])
    await rig.publish({ topics: ['iran'] })
    await rig.work()
    expect(subscriber.contents).toMatchObject([{ type: 'application/feed+json; charset=utf-8', self: persian }])
  })

  test('several changes while a subscriber waits are one content, and each feed has its own subscribers', async () => {
    const rig = await start()
    const [one, other] = [await rig.subscriber(), await rig.subscriber()]
    await rig.subscribe(one)
    await rig.subscribe(one, persian)
    await rig.subscribe(other, persian)
    for (let nth = 0; nth < 3; nth += 1) await rig.publish()
    await rig.work()
    expect(one.contents.map(({ self }) => self).sort()).toEqual([english, persian])
    expect(other.contents.map(({ self }) => self)).toEqual([persian])
  })

  test('what is published between the request and its verification is sent', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.ask(subscriber.form('subscribe', english))
    await rig.publish()
    await rig.work()
    expect(subscriber.contents).toHaveLength(1)
  })

  test('a content is signed with the newest secret, and not where there is none', async () => {
    const rig = await start()
    const [plain, changed] = [await rig.subscriber(null), await rig.subscriber('new')]
    await rig.subscribe(plain)
    await rig.subscribe(changed, english, { 'hub.secret': 'old' })
    await rig.subscribe(changed)
    await rig.publish()
    await rig.work()
    expect([...plain.contents, ...changed.contents].map(({ isSigned }) => isSigned)).toEqual([true, true])
    expect(await rig.store.counts()).toEqual({ subscriptions: 2, requests: 0 })
  })

  test.each<readonly [string, (challenge: string) => readonly [number, string, Record<string, string>?]]>([
    ['another challenge', () => [200, 'another']],
    ['the challenge and more', (challenge) => [200, `${challenge}!`]],
    ['no challenge', () => [204, '']],
    ['404', (challenge) => [404, challenge]],
    ['a redirect', (challenge) => [302, challenge, { location: '/hub?own=1' }]],
    ['an answer without end', () => [200, 'x'.repeat(1_000_000)]],
  ])('a callback that answers its verification with %s is not subscribed', async (_, answer) => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    subscriber.instead.verify = (_request, response, parameters) => {
      const [status, body, headers = {}] = answer(parameters.get('hub.challenge') ?? '')
      response.writeHead(status, headers).end(body)
    }
    await rig.subscribe(subscriber)
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 0 })
    expect(subscriber.verifications).toHaveLength(1)
    await rig.publish()
    await rig.work()
    expect(subscriber.contents).toEqual([])
  })

  test('a callback that is away is asked again, three times in all; one that keeps silent holds up no other', async () => {
    const rig = await start()
    const [away, silent, other] = [await rig.subscriber(), await rig.subscriber(), await rig.subscriber()]
    away.instead.verify = (_request, response) => response.writeHead(503).end()
    silent.instead.verify = () => {}
    await rig.ask(silent.form('subscribe', english))
    await rig.ask(away.form('subscribe', english))
    await rig.ask(other.form('subscribe', english))
    const running = rig.dispatcher.begin()
    await running
    await expect.poll(async () => (await rig.store.counts()).subscriptions).toBe(1)
    await rig.dispatcher.settled()
    rig.clock.ms += 5 * second
    away.instead.verify = null
    await rig.work()
    expect(await rig.store.counts()).toEqual({ subscriptions: 2, requests: 1 })
    rig.clock.ms += 20 * second
    await rig.work()
    expect(silent.verifications).toHaveLength(3)
    expect(await rig.store.counts()).toEqual({ subscriptions: 2, requests: 0 })
  })

  test('a stranger neither subscribes another nor unsubscribes it: the callback does not confirm', async () => {
    const rig = await start()
    const [victim, subscribed] = [await rig.subscriber(), await rig.subscriber()]
    await rig.subscribe(subscribed)
    const ask = (mode: 'subscribe' | 'unsubscribe', callback: string) =>
      rig.ask(new URLSearchParams({ 'hub.mode': mode, 'hub.topic': english, 'hub.callback': callback }))
    await ask('subscribe', victim.callback)
    await ask('unsubscribe', subscribed.callback)
    await rig.work()
    expect(victim.verifications.map((it) => it.get('hub.mode'))).toEqual(['subscribe'])
    await rig.publish()
    await rig.work()
    expect([victim.contents.length, subscribed.contents.length]).toEqual([0, 1])
    await rig.ask(subscribed.form('unsubscribe', english))
    await rig.publish()
    await rig.work()
    expect(subscribed.contents.length).toBeLessThanOrEqual(2)
    await rig.publish()
    await rig.work()
    expect(subscribed.contents.length).toBeLessThanOrEqual(2)
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 0 })
  })

  test('asked for twice it is one subscription, and a renewal makes it longer', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.subscribe(subscriber, english, { 'hub.lease_seconds': '3600' })
    expect(subscriber.verifications.at(-1)?.get('hub.lease_seconds')).toBe('3600')
    await rig.subscribe(subscriber, english, { 'hub.lease_seconds': '7200' })
    expect(await rig.store.counts()).toEqual({ subscriptions: 1, requests: 0 })
    rig.clock.ms += 2 * hour - 1
    await rig.publish()
    await rig.work()
    expect(subscriber.contents).toHaveLength(1)
    rig.clock.ms += 1
    await rig.publish()
    await rig.work()
    expect(subscriber.contents).toHaveLength(1)
    rig.clock.ms += hour
    await rig.work()
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 0 })
  })

  test('the hub decides how long a lease is: ten days at most and where nothing is said, five minutes at least', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    for (const seconds of ['', '0', '1', '999999999']) {
      await rig.subscribe(subscriber, english, seconds === '' ? {} : { 'hub.lease_seconds': seconds })
    }
    const leases = subscriber.verifications.map((it) => it.get('hub.lease_seconds'))
    expect(leases).toEqual(['864000', '300', '300', '864000'])
  })

  test('a content that is not taken is sent again with ever longer waits, and in the end the subscription is over', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.subscribe(subscriber)
    let asked = 0
    subscriber.instead.receive = (_request, response) => {
      asked += 1
      response.writeHead(500).end()
    }
    await rig.publish()
    await rig.work()
    const waits = [5, 20, 80, 320]
    for (const [nth, seconds] of waits.entries()) {
      rig.clock.ms += seconds * second - 1
      await rig.work()
      expect(asked).toBe(nth + 1)
      rig.clock.ms += 1
      await rig.work()
      expect(asked).toBe(nth + 2)
    }
    for (let nth = 0; nth < 12; nth += 1) {
      rig.clock.ms += 12 * hour
      await rig.work()
    }
    expect(asked).toBe(12)
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 0 })
  })

  test('a subscriber that was away is sent the newest feed once it is back; 410 ends its subscription', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.subscribe(subscriber)
    subscriber.instead.receive = (_request, response) => response.writeHead(503, { 'retry-after': '60' }).end()
    await rig.publish()
    await rig.work()
    subscriber.instead.receive = null
    rig.clock.ms += 59 * second
    await rig.publish()
    await rig.work()
    expect(subscriber.contents).toEqual([])
    rig.clock.ms += second
    await rig.work()
    expect(subscriber.contents.map(({ body }) => body)).toEqual([await rig.feed()])
    subscriber.instead.receive = (_request, response) => response.writeHead(410).end()
    await rig.publish()
    await rig.work()
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 0 })
  })

  test('a redirect of a content is not followed, and an answer without end counts by its status', async () => {
    const rig = await start()
    const [moved, endless] = [await rig.subscriber(), await rig.subscriber()]
    await rig.subscribe(moved)
    await rig.subscribe(endless)
    moved.instead.receive = (_request, response) => {
      moved.instead.receive = null
      response.writeHead(307, { location: moved.callback }).end()
    }
    let sent = 0
    endless.instead.receive = (_request, response) => {
      sent += 1
      const timer = setInterval(() => response.write('x'.repeat(1_024)), 1)
      response.once('close', () => clearInterval(timer))
    }
    await rig.publish()
    await rig.work()
    expect(moved.contents).toEqual([])
    rig.clock.ms += day
    await rig.work()
    expect([moved.contents.length, sent]).toEqual([1, 1])
  })

  test('a feed that is offered no more is denied, once, and its subscription is over', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.subscribe(subscriber, persian)
    const { newsroom } = rig.world
    rig.world.newsroom = { ...newsroom, languages: newsroom.languages.filter(({ tag }) => tag !== 'fa') }
    await rig.publish({ texts: { en: { headline: 'Only English', summary: '' } } })
    await rig.work()
    expect([subscriber.denied, subscriber.contents]).toEqual([[persian], []])
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 0 })
  })
}
