import { expect, test } from 'vitest'
import type { WebhookAnswer } from '../../../src/desk/webhooks/webhook-outbox.ts'
import { answered, openWebhooks, type WebhookStoresRig } from './webhooks-rig.ts'

const hour = 60 * 60_000
const day = 24 * hour

/** What whoever sends the messages of webhooks does on every store. */
export function dispatchingContract(open: () => Promise<WebhookStoresRig>): void {
  const start = () => openWebhooks(open)

  test('a message that is under way is sent by nobody else, for as long as a request may take', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    let answer = (_: WebhookAnswer) => {}
    rig.answers.set(webhook.url, new Promise((resolve) => (answer = resolve)))
    await rig.publish()
    await rig.dispatcher.begin()
    rig.desk.clock.ms += 15_000
    const other = rig.makeDispatcher()
    await other.begin()
    answer(answered(204))
    await Promise.all([rig.dispatcher.settled(), other.settled()])
    expect(rig.received).toHaveLength(1)
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 0, dead: 0 })
  })

  test('an address of the own network is written to no more when the operator allows it no more', async () => {
    const rig = await start()
    rig.localHosts.push('10.0.0.7:8080')
    const { webhook } = await rig.make({ url: 'http://10.0.0.7:8080/in' })
    await rig.publish()
    await rig.sendDue()
    expect(rig.received).toHaveLength(1)
    rig.localHosts.splice(0)
    await rig.publish()
    await rig.sendDue()
    expect(rig.received).toHaveLength(1)
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 1, dead: 0 })
    expect((await rig.admin.read(webhook.id)).last).toMatchObject({ outcome: 'failed' })
  })

  test('of an entry that an older backup does not have nothing is sent, and that is told', async () => {
    const rig = await start()
    await rig.make()
    await rig.publish()
    rig.lost.add(1)
    await rig.sendDue()
    expect(rig.received).toEqual([])
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 0, dead: 1 })
    expect(rig.gaveUp).toEqual([expect.stringContaining('no such entry')])
  })

  test('old dead letters go by themselves', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    rig.answers.set(webhook.url, answered(410))
    await rig.publish()
    await rig.sendDue()
    rig.desk.clock.ms += 29 * day
    await rig.sendDue()
    expect((await rig.stores.outbox.counts()).dead).toBe(1)
    rig.desk.clock.ms += 2 * day
    await rig.sendDue()
    expect((await rig.stores.outbox.counts()).dead).toBe(0)
  })

  test('after the clock was set back an alarm is told as soon as ever', async () => {
    const rig = await start()
    await rig.make()
    rig.desk.clock.ms += 13 * hour
    await rig.sendDue()
    rig.desk.clock.ms -= 13 * hour
    rig.alarms.push({ kind: 'down', detail: 'no answer', at: rig.desk.at() })
    await rig.sendDue()
    expect(rig.received.map(({ body }) => body.type)).toEqual(['alarm'])
  })

  test('a receiver that asks for days is asked again after four hours', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    rig.answers.set(webhook.url, answered(503, String(10 * 24 * 60 * 60)))
    await rig.publish()
    await rig.sendDue()
    rig.desk.clock.ms += 4 * hour - 1
    await rig.sendDue()
    expect(rig.received).toHaveLength(1)
    rig.desk.clock.ms += 1
    await rig.sendDue()
    expect(rig.received).toHaveLength(2)
  })
}
