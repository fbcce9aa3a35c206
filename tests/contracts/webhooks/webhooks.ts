import { expect, test } from 'vitest'
import { attemptsMax } from '../../../src/desk/webhooks/attempts.ts'
import { formerSecretsMax } from '../../../src/desk/webhooks/former-secrets.ts'
import type { WebhookAnswer } from '../../../src/desk/webhooks/webhook-outbox.ts'
import { newKey } from '../items/items-rig.ts'
import { answered, isSignedWith, openWebhooks, type WebhookStoresRig } from './webhooks-rig.ts'

const hour = 60 * 60_000
const day = 24 * hour

/** What every store does for webhooks and their messages. */
export function webhooksContract(open: () => Promise<WebhookStoresRig>): void {
  const start = () => openWebhooks(open)

  test('an alert and each of its changes is one message, signed, with the alert as it stands then', async () => {
    const rig = await start()
    const { secret } = await rig.make()
    const { entry } = (await rig.publish()) as { entry: { alert: { id: string } } }
    const { id } = entry.alert
    const revise = (kind: 'update' | 'correction' | 'retraction', body: object) =>
      rig.desk.items.publish({ kind, id }, body, newKey(), rig.desk.by('eve', 'editor'))
    await revise('update', { texts: { en: { headline: 'Quake, more' } } })
    await revise('correction', { note: { en: 'Not there.' }, texts: { en: { headline: 'Quake elsewhere' } } })
    await revise('retraction', { note: { en: 'No quake.' } })
    await rig.sendDue()
    expect(rig.received.map(({ body }) => [body.type, body.data.seq, body.data.cursor])).toEqual([
      ['alert.published', 1, 'epoch1.1'],
      ['alert.updated', 2, 'epoch1.2'],
      ['alert.corrected', 3, 'epoch1.3'],
      ['alert.retracted', 4, 'epoch1.4'],
    ])
    expect(rig.received[2]?.body.data.alert).toEqual((await rig.desk.entries())[2]?.alert)
    for (const message of rig.received) expect(isSignedWith(secret, message)).toBe(true)
    expect(new Set(rig.received.map(({ id }) => id)).size).toBe(4)
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 0, dead: 0 })
  })

  test('the same request makes one webhook and one other secret, and is answered as the first time', async () => {
    const { admin: webhooks, desk } = await start()
    const input = { name: 'CMS', url: 'https://cms.example/' }
    const make = (intention = 'a', at = desk.by('ada', 'admin')) => webhooks.make(input, at, { key: 'k', intention })
    const [one, two] = await Promise.all([make(), make()])
    expect(two).toEqual(one)
    expect(await webhooks.list()).toHaveLength(1)
    await expect(make('b')).rejects.toMatchObject({ status: 409, code: 'idempotency-key-reused' })
    const { id } = one.webhook
    const rotate = () => webhooks.rotate(id, desk.by('ada', 'admin'), { key: 'r', intention: 'c' })
    const [first, second] = await Promise.all([rotate(), rotate()])
    expect(second).toEqual(first)
    expect(first.secret).not.toBe(one.secret)
    expect(await rotate()).toEqual(first)
    expect((await webhooks.rotate(id, desk.by('ada', 'admin'))).secret, 'without a key').not.toBe(first.secret)
    const acts = (await desk.audit.read({ limit: 100 })).map(({ act }) => act)
    const count = (wanted: string) => acts.filter((act) => act === wanted).length
    expect([count('webhook-made'), count('webhook-secret-made')]).toEqual([1, 2])
    await webhooks.remove(id, desk.by('ada', 'admin'))
    await expect(make(), 'what was removed is not made again').rejects.toMatchObject({ code: 'no-such-webhook' })
  })

  test('an item that awaits approval is told without its words, once, and then its publication', async () => {
    const rig = await start()
    await rig.make()
    const item = await rig.desk.write({ level: 'flash', texts: { en: { headline: 'Secret so far' } } })
    await rig.desk.act(item.id, { act: 'submit' }, 'wil')
    await rig.sendDue()
    expect(rig.received.map(({ body }) => body.type)).toEqual(['item.awaiting-approval'])
    expect(rig.received[0]?.body.data).toMatchObject({
      by: 'WIL',
      item: { id: item.id, level: 'flash', languages: ['en'] },
    })
    expect(rig.received[0]?.text).not.toContain('Secret')
    const { item: held } = await rig.desk.act(item.id, { act: 'approve', hash: item.hash }, 'eve')
    rig.desk.clock.ms = Date.parse(held?.releaseAt ?? '')
    await rig.desk.items.release()
    await rig.sendDue()
    expect(rig.received.map(({ body }) => body.type)).toEqual(['item.awaiting-approval', 'alert.published'])
  })

  test('what is refused is no message, and what is repeated is one', async () => {
    const rig = await start()
    await rig.make()
    await expect(rig.publish('No language', { texts: {} })).rejects.toMatchObject({ status: 400 })
    await rig.stores.pauses.change(() => ({ languages: [], topics: [] }), {
      reason: 'Wait.',
      by: 'ada',
      at: rig.desk.at(),
    })
    await expect(rig.publish()).rejects.toMatchObject({ code: 'paused' })
    await rig.stores.pauses.change(() => null, { reason: 'On.', by: 'ada', at: rig.desk.at() })
    const body = { level: 'urgent', texts: { en: { headline: 'Once' } } }
    for (const _ of [1, 2]) await rig.desk.publish(body, 'eve', 'one-key')
    await rig.sendDue()
    expect(rig.received).toHaveLength(1)
  })

  test('each webhook is told of the events and of the audience that it wants', async () => {
    const rig = await start()
    await rig.make({ url: 'https://all.example/', audience: 'all' })
    await rig.make({ url: 'https://tests.example/', audience: 'test' })
    await rig.make({ url: 'https://public.example/' })
    await rig.make({ url: 'https://retractions.example/', events: ['alert.retracted'] })
    await rig.publish('For readers')
    await rig.publish('A drill', { audience: 'test' })
    await rig.sendDue()
    const told = (host: string) =>
      rig.received
        .filter(({ url }) => url === `https://${host}.example/`)
        .map(({ body }) => (body.data.alert as { audience: string }).audience)
    expect(['all', 'tests', 'public', 'retractions'].map(told)).toEqual([['public', 'test'], ['test'], ['public'], []])
  })

  test('a receiver that does not answer holds up itself alone, and gets its messages in order', async () => {
    const rig = await start()
    await rig.make({ url: 'https://slow.example/' })
    await rig.make({ url: 'https://quick.example/' })
    const slow = Promise.withResolvers<WebhookAnswer>()
    rig.answers.set('https://slow.example/', slow.promise)
    for (const headline of ['One', 'Two', 'Three']) await rig.publish(headline)
    for (let look = 0; look < 5; look += 1) await rig.dispatcher.begin()
    const looked = async () => {
      await rig.dispatcher.begin()
      return rig.received.length
    }
    await expect.poll(looked).toBe(4)
    const seqs = (host: string) => rig.received.filter(({ url }) => url.includes(host)).map(({ body }) => body.data.seq)
    expect([seqs('slow'), seqs('quick')]).toEqual([[1], [1, 2, 3]])
    rig.answers.delete('https://slow.example/')
    slow.resolve(answered(200))
    await rig.dispatcher.settled()
    await rig.sendDue()
    expect(seqs('slow')).toEqual([1, 2, 3])
  })

  test('a message that is not taken is tried later and later under one id; after the last try it is a dead letter', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    rig.answers.set(webhook.url, answered(503))
    await rig.publish()
    const waits: number[] = []
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      await rig.sendDue()
      expect(rig.received).toHaveLength(attempt)
      const { nextMs } = await rig.stores.outbox.claim({ lease: 'x', busy: [], leaseMs: 1, now: rig.desk.clock.ms })
      if (nextMs === null) break
      waits.push(nextMs)
      rig.desk.clock.ms += nextMs - 1
      await rig.sendDue()
      expect(rig.received).toHaveLength(attempt)
      rig.desk.clock.ms += 1
    }
    expect(waits.slice(0, 4)).toEqual([5_000, 20_000, 80_000, 320_000])
    expect(waits).toHaveLength(attemptsMax - 1)
    expect(new Set(rig.received.map(({ id }) => id)).size).toBe(1)
    const [dead] = await rig.admin.deadLetters({ limit: 10 })
    expect(dead).toMatchObject({ id: rig.received[0]?.id, webhookId: webhook.id, attempts: attemptsMax, detail: '503' })
    expect(rig.gaveUp).toEqual([expect.stringContaining('alert.published')])
    expect((await rig.admin.list())[0]?.last).toMatchObject({ outcome: 'failed', detail: '503' })

    rig.answers.delete(webhook.url)
    expect(await rig.admin.replay({ messageId: dead?.id ?? '' }, rig.ada)).toBe(1)
    await rig.sendDue()
    expect(rig.received.at(-1)?.id).toBe(dead?.id)
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 0, dead: 0 })
    await expect(rig.admin.replay({ messageId: dead?.id ?? '' }, rig.ada)).rejects.toMatchObject({ status: 404 })
  })

  test('a receiver is asked no sooner than it says', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    rig.answers.set(webhook.url, answered(429, '600'))
    await rig.publish()
    await rig.sendDue()
    rig.answers.delete(webhook.url)
    rig.desk.clock.ms += 599_000
    await rig.sendDue()
    expect(rig.received).toHaveLength(1)
    rig.desk.clock.ms += 1_000
    await rig.sendDue()
    expect(rig.received).toHaveLength(2)
  })

  test('410 ends a webhook: what waits is dead, nothing new is made; an admin makes it active again', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    rig.answers.set(webhook.url, answered(410))
    for (const headline of ['One', 'Two']) await rig.publish(headline)
    await rig.sendDue()
    await rig.publish('Three')
    await rig.sendDue()
    expect(rig.received).toHaveLength(1)
    expect((await rig.admin.read(webhook.id)).state).toBe('ended')
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 0, dead: 2 })
    const [line] = await rig.stores.audit.read({ limit: 1, act: 'webhook-ended' })
    expect(line).toMatchObject({ by: null, detail: { webhook: { id: webhook.id } } })

    const letters = await rig.admin.deadLetters({ limit: 10 })
    const refused = { status: 409, code: 'webhook-ended', message: expect.stringContaining('PUT /v1/desk/webhooks/') }
    for (const which of [{ messageId: letters[0]?.id ?? '' }, { webhookId: webhook.id }])
      await expect(rig.admin.replay(which, rig.ada)).rejects.toMatchObject(refused)
    expect(await rig.admin.replay({ all: true }, rig.ada)).toBe(0)
    expect(await rig.admin.deadLetters({ limit: 10 })).toEqual(letters)

    rig.answers.delete(webhook.url)
    await rig.admin.change(webhook.id, { name: 'CMS', url: webhook.url }, rig.ada)
    expect(await rig.admin.replay({ webhookId: webhook.id }, rig.ada)).toBe(2)
    await rig.sendDue()
    expect(rig.received.map(({ body }) => body.data.seq)).toEqual([1, 1, 2])
  })

  test('of two that send, one gets each message; after a crash the other gets it when the lease has ended', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    for (const headline of ['One', 'Two', 'Three']) await rig.publish(headline)
    const others = [rig.makeDispatcher(), rig.makeDispatcher()]
    await Promise.all(others.map((it) => rig.sendDue(it)))
    await Promise.all(others.map((it) => rig.sendDue(it)))
    expect(rig.received.map(({ body }) => body.data.seq).sort()).toEqual([1, 2, 3])

    await rig.publish('Four')
    const now = () => rig.desk.clock.ms
    const claim = { lease: 'of the dead', busy: [], leaseMs: 20_000 }
    const { messages } = await rig.stores.outbox.claim({ ...claim, now: now() })
    expect(messages).toHaveLength(1)
    await rig.sendDue()
    expect(rig.received).toHaveLength(3)
    rig.desk.clock.ms += 20_000
    rig.answers.set(webhook.url, answered(503))
    await rig.sendDue()
    expect(rig.received.at(-1)).toMatchObject({ id: messages[0]?.id, body: { data: { seq: 4 } } })
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 1, dead: 0 })
    // What the dead one says now is not heard.
    for (const kind of ['accepted', 'dead'] as const)
      for (const message of messages) await rig.stores.outbox.settle(message, { kind, detail: 'late' }, now())
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 1, dead: 0 })
    rig.answers.delete(webhook.url)
    rig.desk.clock.ms += 5_000
    await rig.sendDue()
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 0, dead: 0 })
  })

  test('what waits is there after a crash, and is sent', async () => {
    const rig = await start()
    const { secret } = await rig.make()
    await rig.publish()
    const again = await rig.reopened()
    await again.sendDue()
    expect(again.received.map(({ body }) => body.type)).toEqual(['alert.published'])
    for (const message of again.received) expect(isSignedWith(secret, message)).toBe(true)
  })

  test('for a day after a new secret was made both count, also for a test message, then the new one alone', async () => {
    const rig = await start()
    const { webhook, secret } = await rig.make()
    const { secret: newer } = await rig.admin.rotate(webhook.id, rig.ada)
    const signedBy = async () => {
      await rig.publish()
      await rig.sendDue()
      const message = rig.received.at(-1)
      return message && [isSignedWith(secret, message), isSignedWith(newer, message)]
    }
    const testSignedBy = async () => {
      await rig.admin.test(webhook.id, rig.ada)
      const message = rig.received.at(-1)
      expect(message?.body.type).toBe('webhook.test')
      return message && [isSignedWith(secret, message), isSignedWith(newer, message)]
    }
    expect([await signedBy(), await testSignedBy()]).toEqual([
      [true, true],
      [true, true],
    ])
    rig.desk.clock.ms += day
    expect([await signedBy(), await testSignedBy()]).toEqual([
      [false, true],
      [false, true],
    ])
  })

  test('however often another secret is made, each one counts until its own day has ended', async () => {
    const rig = await start()
    const { webhook, secret } = await rig.make()
    const secrets = [secret]
    for (let made = 0; made < 3; made += 1) {
      rig.desk.clock.ms += 6 * hour
      secrets.push((await rig.admin.rotate(webhook.id, rig.ada)).secret)
    }
    const counting = async () => {
      await rig.admin.test(webhook.id, rig.ada)
      await rig.publish()
      await rig.sendDue()
      const [test, published] = rig.received.slice(-2).map((message) => secrets.map((it) => isSignedWith(it, message)))
      expect(test).toEqual(published)
      return published
    }
    expect(await counting()).toEqual([true, true, true, true])
    rig.desk.clock.ms += 12 * hour
    expect(await counting(), 'the first was replaced a day ago').toEqual([false, true, true, true])
    rig.desk.clock.ms += 12 * hour
    expect(await counting()).toEqual([false, false, false, true])
  })

  test('of many secrets that are made at once, each counts; and there is a maximum, until a day has passed', async () => {
    const rig = await start()
    const { webhook, secret } = await rig.make()
    const made = await Promise.all([1, 2, 3].map(() => rig.admin.rotate(webhook.id, rig.ada)))
    await rig.admin.test(webhook.id, rig.ada)
    const message = rig.received.at(-1)
    for (const each of [secret, ...made.map((it) => it.secret)])
      expect(message && isSignedWith(each, message)).toBe(true)
    for (let more = made.length; more < formerSecretsMax; more += 1) await rig.admin.rotate(webhook.id, rig.ada)
    const refused = { status: 409, code: 'too-many-secrets' }
    await expect(rig.admin.rotate(webhook.id, rig.ada)).rejects.toMatchObject(refused)
    rig.desk.clock.ms += day
    await rig.admin.rotate(webhook.id, rig.ada)
  })

  test('while it is paused its messages wait; when it is deleted they are gone', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    const change = (state: string) => rig.admin.change(webhook.id, { name: 'CMS', url: webhook.url, state }, rig.ada)
    await change('paused')
    await rig.publish()
    await rig.sendDue()
    expect(rig.received).toEqual([])
    await change('active')
    await rig.sendDue()
    expect(rig.received).toHaveLength(1)
    await change('paused')
    await rig.publish()
    await rig.admin.remove(webhook.id, rig.ada)
    expect(await rig.stores.outbox.counts()).toEqual({ waiting: 0, dead: 0 })
    await expect(rig.admin.read(webhook.id)).rejects.toMatchObject({ code: 'no-such-webhook' })
  })

  test('an alarm is told once while it lasts, and again when it comes back', async () => {
    const rig = await start()
    await rig.make()
    const alarm = { kind: 'down', detail: 'no answer', at: rig.desk.at() }
    const later = async (minutes: number) => {
      rig.desk.clock.ms += minutes * 60_000
      await rig.sendDue()
      return rig.received.length
    }
    rig.alarms.push(alarm, { ...alarm, kind: 'webhook' })
    const counts = []
    for (let minute = 0; minute < 30; minute += 1) counts.push(await later(1))
    expect(new Set(counts)).toEqual(new Set([1]))
    expect(rig.received[0]?.body).toMatchObject({ type: 'alarm', data: { kind: 'down', detail: 'no answer' } })
    rig.alarms.splice(0)
    await later(11)
    rig.alarms.push(alarm)
    expect(await later(1)).toBe(2)
  })

  test('only an admin’s valid key changes anything, and each change is a line that has no address and no secret', async () => {
    const rig = await start()
    const { webhook, secret } = await rig.make({ url: 'https://hooks.example/services/T0PSECRET' })
    await rig.admin.change(webhook.id, { name: 'Chat', url: webhook.url }, rig.ada)
    await rig.admin.rotate(webhook.id, rig.ada)
    await rig.admin.test(webhook.id, rig.ada)
    for (const by of [
      { ...rig.desk.by('eve'), role: 'admin' as const },
      { ...rig.ada, credential: { by: 'key', hash: 'x' } as const },
    ])
      for (const act of [
        () => rig.admin.change(webhook.id, { name: 'X', url: webhook.url }, by),
        () => rig.admin.rotate(webhook.id, by),
        () => rig.admin.remove(webhook.id, by),
        () => rig.admin.test(webhook.id, by),
        () => rig.admin.replay({ all: true }, by),
      ])
        await expect(act()).rejects.toMatchObject({ status: expect.toSatisfy((it) => it === 401 || it === 403) })
    await rig.admin.remove(webhook.id, rig.ada)
    const lines = (await rig.stores.audit.read({ limit: 10 })).filter(({ act }) => act.startsWith('webhook-'))
    expect(lines.map(({ act, by }) => [act, by?.id]).toReversed()).toEqual([
      ['webhook-made', 'ada'],
      ['webhook-changed', 'ada'],
      ['webhook-secret-made', 'ada'],
      ['webhook-tested', 'ada'],
      ['webhook-deleted', 'ada'],
    ])
    // Not as a pattern: a secret may begin with +.
    for (const hidden of ['T0PSECRET', secret.slice(6, 20)]) expect(JSON.stringify(lines)).not.toContain(hidden)
  })

  test('addresses and secrets are not stored as they are', async () => {
    const rig = await start()
    const { secret } = await rig.make()
    const [stored] = await rig.stores.webhooks.list()
    const bytes = [stored?.address, stored?.secret].map((it) => Buffer.from(it ?? []).toString('latin1')).join()
    expect(bytes).not.toMatch(/cms\.example|whsec_/)
    expect(bytes).not.toContain(secret.slice(6))
  })

  test('dead letters are kept for thirty days, and not more than there may be', async () => {
    const rig = await start()
    const { webhook } = await rig.make()
    rig.answers.set(webhook.url, answered(410))
    for (const headline of ['One', 'Two', 'Three']) await rig.publish(headline)
    await rig.sendDue()
    const { outbox } = rig.stores
    await outbox.prune({ keptMs: 30 * day, most: 2 }, rig.desk.clock.ms)
    expect((await outbox.counts()).dead).toBe(2)
    const [newest] = await rig.admin.deadLetters({ limit: 1 })
    expect(await rig.admin.deadLetters({ limit: 5, before: newest?.id })).toHaveLength(1)
    await outbox.prune({ keptMs: 30 * day, most: 2 }, rig.desk.clock.ms + 30 * day + 1)
    expect((await outbox.counts()).dead).toBe(0)
  })

  test('there are at most as many as there may be', async () => {
    const rig = await start()
    for (let made = 0; made < 50; made += 1) await rig.make()
    await expect(rig.make()).rejects.toMatchObject({ status: 409, code: 'too-many-webhooks' })
  })
}
