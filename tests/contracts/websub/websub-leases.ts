import { expect, test } from 'vitest'
import type { WebSubRequest } from '../../../src/push/websub/websub-store.ts'
import { english, openWebSub, type WebSubStoresRig } from './websub-rig.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(new TextEncoder().encode(text))

/** What whoever works for the hub may rely on, on every store: leases, limits, and what a crash leaves. */
export function webSubLeasesContract(open: () => Promise<WebSubStoresRig>, clean: (undo: () => unknown) => void): void {
  const start = () => openWebSub(open, clean)

  test('what is under way is done by nobody else, for as long as a request may take', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.subscribe(subscriber)
    let answer = () => {}
    let sent = 0
    subscriber.instead.receive = (_request, response) => {
      sent += 1
      answer = () => response.writeHead(204).end()
    }
    await rig.publish()
    await rig.dispatcher.begin()
    await expect.poll(() => sent).toBe(1)
    rig.clock.ms += 15_000
    const other = rig.makeDispatcher()
    await other.begin()
    answer()
    await Promise.all([rig.dispatcher.settled(), other.settled()])
    await rig.work(other)
    expect(sent).toBe(1)
  })

  test('callbacks that were slow hold only some of the places: who is quick is told while they keep silent', async () => {
    const rig = await start()
    const slow = await Promise.all(Array.from({ length: 20 }, () => rig.subscriber()))
    for (const subscriber of slow) await rig.subscribe(subscriber)
    const answers: (() => void)[] = []
    for (const subscriber of slow)
      subscriber.instead.receive = (_request, response) => {
        answers.push(() => response.writeHead(204).end())
      }
    // Nothing is known of them yet: all are sent it at once, and these answer late.
    await rig.publish()
    await rig.dispatcher.begin()
    await expect.poll(() => answers.length).toBe(slow.length)
    rig.clock.ms += 9_500
    for (const answer of answers.splice(0)) answer()
    await rig.work()
    // After the clock was moved: none of these is taken for a slow one.
    const quick = await Promise.all(Array.from({ length: 3 }, () => rig.subscriber()))
    for (const subscriber of quick) await rig.subscribe(subscriber)
    await rig.publish()
    await rig.dispatcher.begin()
    await expect.poll(() => quick.map(({ contents }) => contents.length)).toEqual([1, 1, 1])
    await expect.poll(() => answers.length).toBe(16)
    // The rest of them wait for those.
    await rig.dispatcher.begin()
    expect(answers).toHaveLength(16)
    for (const answer of answers.splice(0)) answer()
    await expect
      .poll(async () => {
        await rig.dispatcher.begin()
        return answers.length
      })
      .toBe(4)
    for (const answer of answers.splice(0)) answer()
    await rig.dispatcher.settled()
  })

  test('after a crash what was asked for is verified, and what was published is sent', async () => {
    const first = await start()
    const [asked, subscribed] = [await first.subscriber(), await first.subscriber()]
    await first.subscribe(subscribed)
    await first.ask(asked.form('subscribe', english))
    await first.publish()
    // Leased by one that dies before it has done anything.
    const claim = { busy: [], leaseMs: 20_000, perHostMax: 4, most: 10, head: 1, lease: 'dead', now: first.clock.ms }
    const { requests, deliveries } = await first.store.claim(claim)
    expect([requests.length, deliveries.length]).toEqual([1, 1])
    const second = await first.reopened()
    await second.work()
    expect([asked.verifications.length, subscribed.contents.length]).toEqual([0, 0])
    second.clock.ms += 20_000
    await second.work()
    expect([asked.contents.length, subscribed.contents.length]).toEqual([1, 1])
  })

  test('whose lease is over changes nothing, nor who has begun on a request that another has replaced', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    await rig.ask(subscriber.form('subscribe', english))
    const claim = { busy: [], leaseMs: 20_000, perHostMax: 4, most: 10, head: 0, lease: 'late', now: rig.clock.ms }
    const [late] = (await rig.store.claim(claim)).requests
    if (late === undefined) throw new Error('a request was due')
    await rig.ask(subscriber.form('unsubscribe', english))
    await rig.store.settleRequest(late, { kind: 'confirmed' }, rig.clock.ms)
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 1 })
    await rig.work()
    expect(subscriber.verifications.map((it) => it.get('hub.mode'))).toEqual(['unsubscribe'])
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 0 })
  })

  test('of one host there are as many subscriptions as the limit says, of all together too; renewals are always taken', async () => {
    const rig = await start()
    const request = (key: string, host: string): WebSubRequest => ({
      ...{ key, host, topic: english, callback: bytes('sealed'), secret: null, seq: 0, hash: 'h' },
      ...{ mode: 'subscribe', leaseSeconds: 3_600 },
    })
    const ask = (key: string, host: string) =>
      rig.store.ask(request(key, host), { perHostMax: 2, allMax: 3 }, rig.clock.ms)
    expect([await ask('a1', 'a'), await ask('a2', 'a'), await ask('a3', 'a')]).toEqual(['kept', 'kept', 'host-full'])
    expect([await ask('b1', 'b'), await ask('c1', 'c')]).toEqual(['kept', 'full'])
    expect([await ask('a1', 'a'), await ask('b1', 'b')]).toEqual(['kept', 'kept'])
    expect(await rig.store.counts()).toEqual({ subscriptions: 0, requests: 3 })
  })

  test('of one host few things are under way at once, the others wait, and more is due as soon as they are done', async () => {
    const rig = await start()
    const subscriber = await rig.subscriber()
    let open = 0
    let most = 0
    subscriber.instead.verify = (_request, response, parameters) => {
      open += 1
      most = Math.max(most, open)
      setTimeout(() => {
        open -= 1
        response.writeHead(200).end(parameters.get('hub.challenge'))
      }, 10)
    }
    for (let nth = 0; nth < 10; nth += 1) {
      const form = subscriber.form('subscribe', english)
      form.set('hub.callback', `${subscriber.callback}&nth=${nth}`)
      await rig.ask(form)
    }
    await rig.dispatcher.begin()
    await rig.dispatcher.begin()
    await rig.work()
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(4)
    expect(await rig.store.counts()).toEqual({ subscriptions: 10, requests: 0 })
  })
}
