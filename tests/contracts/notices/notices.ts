import { expect, test } from 'vitest'
import type { SessionStore } from '../../../src/auth/sessions.ts'
import type { WebhookOutbox } from '../../../src/desk/webhooks/webhook-outbox.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import type { EditorBrowserStore, NoticeOutbox } from '../../../src/push/editors/editor-browser-store.ts'
import { EditorBrowsers } from '../../../src/push/editors/editor-browsers.ts'
import { NotifyEditors } from '../../../src/push/editors/notify-editors.ts'
import type { RetryDecision } from '../../../src/push/send/retry-policy.ts'
import type { PushMessage } from '../../../src/push/send/send-push.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { newId, pushSecret } from '../../support/push/push-deps.ts'
import { type ItemStoresRig, newKey, openDesk, startMs } from '../items/items-rig.ts'

/** The stores under test, on one database. */
export type NoticeStoresRig = Omit<ItemStoresRig, 'editors'> & {
  readonly editors: ItemStoresRig['editors'] & SessionStore
  readonly notices: EditorBrowserStore & NoticeOutbox
  readonly outbox: WebhookOutbox
}

const newsroom = parseNewsroom({
  name: 'News',
  languages: [{ tag: 'en' }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 10 }, urgent: { holdSeconds: 0 } }, missedSeconds: 60 },
})
const host = 'https://updates.push.services.mozilla.com/wpush/v2'
const vapid = { keyId: 'key-1', publicKey: 'public', older: [], subject: null }
const minute = 60_000

/** The desk with a push service that answers as the test says: by endpoint, else it accepts. */
async function openNotices(open: () => Promise<NoticeStoresRig>) {
  const opened: NoticeStoresRig[] = []
  const desk = await openDesk(async () => {
    const stores = await open()
    opened.push(stores)
    return stores
  }, newsroom)
  const [stores] = opened
  if (stores === undefined) throw new Error('stores were opened')
  const now = () => desk.clock.ms
  const sent: PushMessage[] = []
  const decisions = new Map<string, RetryDecision>()
  const encryption = async () => AddressEncryption.make(pushSecret)
  const makeSender = () =>
    new NotifyEditors({
      ...{ outbox: stores.notices, items: stores.items, encryption, now, newId, publicUrl: 'https://news.example' },
      topic: async (name) => name,
      sendPush: {
        async deliver(message) {
          sent.push(message)
          return { decision: decisions.get(message.subscription.endpoint) ?? { act: 'accepted' }, sealed: null }
        },
      },
      report(error) {
        throw error
      },
    })
  const sender = makeSender()
  const admin = new EditorBrowsers({
    browsers: stores.notices,
    encryption,
    vapid,
    pushHosts: ['updates.push.services.mozilla.com'],
    now,
    newId,
  })
  const bodyOf = (name: string, more: object = {}) => {
    const { endpoint, p256dh, auth } = addressOf(`${host}/${name}`, makeBrowserKeys())
    return { subscription: { endpoint, keys: { p256dh, auth } }, ...more }
  }
  const titles = () => sent.map(({ payload }) => JSON.parse(new TextDecoder().decode(payload)).notification)
  return {
    ...{ desk, stores, admin, sender, makeSender, sent, decisions, bodyOf, titles },
    turnOn: (person: string, name = person, more: object = {}) => admin.turnOn(bodyOf(name, more), desk.by(person)),
    told: () => sent.map(({ subscription }) => subscription.endpoint.split('/').at(-1)).toSorted(),
    submit: async (level = 'flash', by = 'wil') => {
      const item = await desk.write({ level, texts: { en: { headline: 'Secret so far' } } }, by as 'wil')
      return (await desk.act(item.id, { act: 'submit' }, by)).item
    },
    async sendDue(by = sender) {
      await by.begin()
      await by.settled()
    },
  }
}

/** What every store does for the browsers of editors and the notices to them. */
export function noticesContract(open: () => Promise<NoticeStoresRig>): void {
  const start = () => openNotices(open)

  test('what begins to await approval is told once to those who may approve it, in their language and without a word of it', async () => {
    const rig = await start()
    const levels = ['urgent'] as const
    await rig.stores.editors.add(
      { id: 'emil', name: 'Emil', role: 'editor', createdAt: rig.desk.at(), levels },
      'key of emil',
    )
    for (const person of ['eve', 'eli', 'ada', 'emil'])
      await rig.turnOn(person, person, { language: person === 'eli' ? 'fa' : 'en' })
    const item = await rig.submit('flash', 'eve')
    await rig.sendDue()
    await rig.sendDue()
    expect(rig.told()).toEqual(['ada', 'eli'])
    expect(
      rig
        .titles()
        .map(({ lang, title }) => [lang, title])
        .toSorted(),
    ).toEqual([
      ['en', 'An item awaits your approval'],
      ['fa', 'یک مورد منتظر تأیید شماست'],
    ])
    for (const { payload, urgency, topic, ttlSeconds } of rig.sent) {
      expect([payload.length, urgency, ttlSeconds]).toEqual([2_048, 'high', 1_800])
      expect(topic).toBe(`desk approval ${item?.id}`)
      expect(new TextDecoder().decode(payload)).not.toContain('Secret')
    }
    expect(rig.titles()[0]).toMatchObject({ tag: `desk-${item?.id}`, silent: false, data: { kind: 'desk' } })
    expect(rig.titles()[0].navigate).toMatch(
      new RegExp(`^https://news\\.example/desk\\?lang=(en|fa)#item-${item?.id}$`),
    )
  })

  test('saved and submitted again it is told again; approved or cancelled before it was sent, nobody is told', async () => {
    const rig = await start()
    await rig.turnOn('eli')
    const first = await rig.submit()
    await rig.desk.act(first?.id ?? '', { act: 'cancel' }, 'wil')
    await rig.sendDue()
    expect(rig.told()).toEqual([])
    rig.desk.clock.ms += 1_000
    await rig.desk.act(first?.id ?? '', { act: 'submit' }, 'wil')
    await rig.sendDue()
    rig.desk.clock.ms += 1_000
    const read = await rig.desk.items.read(first?.id ?? '')
    const texts = { en: { headline: 'Other words' } }
    await rig.desk.items.save(read.id, { version: read.version, level: 'flash', texts }, rig.desk.by('wil'))
    await rig.desk.act(read.id, { act: 'submit' }, 'wil')
    await rig.sendDue()
    expect(rig.told()).toEqual(['eli', 'eli'])
    const { hash } = await rig.desk.items.read(read.id)
    await rig.desk.act(read.id, { act: 'approve', hash }, 'eve')
    await rig.sendDue()
    expect(rig.told()).toHaveLength(2)
  })

  test('an item that missed its time is told to those who may publish it, but not to its writer', async () => {
    const rig = await start()
    for (const person of ['eve', 'eli']) await rig.turnOn(person)
    await rig.desk.publish({ level: 'urgent', texts: { en: { headline: 'Later' } }, publishAt: rig.desk.at(60) }, 'eve')
    rig.desk.clock.ms += 10 * minute
    await rig.desk.items.release()
    await rig.sendDue()
    expect([rig.told(), rig.titles().map(({ title }) => title)]).toEqual([
      ['eli'],
      ['An item did not go out at its time'],
    ])
  })

  test('an alarm is told to administrators, once', async () => {
    const rig = await start()
    for (const person of ['eve', 'ada']) await rig.turnOn(person)
    const alarm = { kind: 'disk', detail: 'The disk is full.', at: rig.desk.at() }
    for (const seconds of [0, 120, 240])
      await rig.stores.outbox.noteAlarms([alarm], 10 * minute, startMs + seconds * 1_000)
    await rig.sendDue()
    expect([rig.told(), rig.titles().map(({ title }) => title)]).toEqual([['ada'], ['The service has raised an alarm']])
    expect(JSON.stringify(rig.titles())).not.toContain('disk')
  })

  test('the same browser again is the same one; another editor who turns it on there takes it over', async () => {
    const rig = await start()
    const body = rig.bodyOf('shared')
    const first = await rig.admin.turnOn(body, rig.desk.by('eve'))
    expect([first.made, await rig.admin.turnOn(body, rig.desk.by('eve'))]).toEqual([
      true,
      { id: first.id, made: false },
    ])
    expect(await rig.admin.list(rig.desk.by('eve'))).toEqual([{ id: first.id, since: '2026-03-01' }])
    const taken = await rig.admin.turnOn({ ...body, language: 'fa' }, rig.desk.by('eli'))
    expect([taken.made, taken.id === first.id]).toEqual([true, false])
    expect([await rig.admin.list(rig.desk.by('eve')), await rig.admin.list(rig.desk.by('eli'))]).toEqual([
      [],
      [{ id: taken.id, since: '2026-03-01' }],
    ])
    for (const [id, person] of [[first.id, 'eve'] as const, [taken.id, 'eve'] as const, [first.id, 'eli'] as const])
      await expect(rig.admin.turnOff(id, rig.desk.by(person))).rejects.toMatchObject({ status: 404 })
    await rig.submit()
    await rig.admin.turnOff(taken.id, rig.desk.by('eli'))
    await rig.sendDue()
    expect(rig.told(), 'turned off before it was sent').toEqual([])
    for (const unknown of ['no-such-id', 'a\0b'])
      await expect(rig.admin.turnOff(unknown, rig.desk.by('eli'))).rejects.toMatchObject({ code: 'no-such-browser' })
  })

  test('another editor who has only the endpoint takes nothing over; one’s own browser may get other keys', async () => {
    const rig = await start()
    const { id } = await rig.turnOn('eve', 'shared')
    const taken = { status: 409, code: 'endpoint-taken', message: expect.stringContaining('Nothing was changed') }
    await expect(rig.turnOn('eli', 'shared')).rejects.toMatchObject(taken)
    expect([await rig.admin.list(rig.desk.by('eve')), await rig.admin.list(rig.desk.by('eli'))]).toEqual([
      [{ id, since: '2026-03-01' }],
      [],
    ])
    expect(await rig.turnOn('eve', 'shared')).toEqual({ id, made: false })
  })

  test('the keys that were compared are those that are stored when it is taken over', async () => {
    const rig = await start()
    await rig.turnOn('eve', 'shared')
    const encryption = await AddressEncryption.make(pushSecret)
    const address = addressOf(`${host}/shared`, makeBrowserKeys())
    const endpointHash = await encryption.endpointHash(address.endpoint)
    const before = await rig.stores.notices.addressOf(endpointHash)
    await rig.turnOn('eve', 'shared')
    const sealed = { endpointHash, address: await encryption.encrypt(address, endpointHash) }
    const browser = { id: newId(), ...sealed, vapidKeyId: 'key-1', language: 'en', createdAt: rig.desk.at() }
    const taken = rig.stores.notices.put(browser, rig.desk.by('eli'), 10, before)
    await expect(taken).rejects.toMatchObject({ code: 'endpoint-taken' })
  })

  test('a browser that is taken over is the newest, and none of the ten that stay', async () => {
    const rig = await start()
    const shared = rig.bodyOf('shared')
    await rig.admin.turnOn(shared, rig.desk.by('eve'))
    const ids: string[] = []
    for (let nth = 0; nth < 10; nth += 1) ids.push((await rig.turnOn('eli', `browser-${nth}`)).id)
    const { id } = await rig.admin.turnOn(shared, rig.desk.by('eli'))
    expect((await rig.admin.list(rig.desk.by('eli'))).map((it) => it.id)).toEqual([...ids.slice(1), id])
  })

  test('turning on and off is a line of the audit log; the same again, and what was not on, is none', async () => {
    const rig = await start()
    const body = rig.bodyOf('own')
    const { id } = await rig.admin.turnOn(body, rig.desk.by('eve'))
    await rig.admin.turnOn(body, rig.desk.by('eve'))
    await rig.admin.turnOff(id, rig.desk.by('eve'))
    await expect(rig.admin.turnOff(id, rig.desk.by('eve'))).rejects.toMatchObject({ status: 404 })
    const lines = (await rig.stores.audit.read({ limit: 50 })).filter(({ act }) => act.startsWith('notifications'))
    const by = { id: 'eve', name: expect.any(String) }
    expect(lines.map(({ act, by, detail }) => ({ act, by, detail }))).toEqual([
      { act: 'notifications-off', by, detail: { browser: id } },
      { act: 'notifications-on', by, detail: { browser: id } },
    ])
  })

  test('beyond ten browsers the oldest ends', async () => {
    const rig = await start()
    const ids: string[] = []
    for (let nth = 0; nth < 12; nth += 1) ids.push((await rig.turnOn('eve', `browser-${nth}`)).id)
    expect((await rig.admin.list(rig.desk.by('eve'))).map(({ id }) => id)).toEqual(ids.slice(2))
  })

  test('a browser ends with the key, with a sign-out of its session, and with a sign-out everywhere; not when a session expires', async () => {
    const rig = await start()
    const { editors } = rig.stores
    const session = async (person: string, name: string) => {
      const until = rig.desk.at(600)
      await editors.openSession(`key of ${person}`, {
        id: name,
        tokenHash: name,
        now: rig.desk.at(),
        until,
        origin: null,
      })
      const by = { ...rig.desk.by(person), credential: { by: 'session', hash: name } } as const
      await rig.admin.turnOn(rig.bodyOf(name), by)
      return by
    }
    const signedOut = await session('eve', 'signed-out')
    await session('eve', 'expires')
    const elsewhere = await session('eli', 'elsewhere')
    await rig.turnOn('eli', 'by-key')
    await rig.turnOn('ada')
    await editors.closeSession(signedOut.credential.hash, rig.desk.at())
    await editors.endSessions(null, elsewhere)
    rig.desk.clock.ms += 20 * minute
    const sentOf = async () => {
      rig.sent.length = 0
      await rig.submit()
      await rig.sendDue()
      return rig.told()
    }
    expect(await sentOf()).toEqual(['ada', 'expires'])
    await editors.revoke('eve', rig.desk.at())
    expect(await sentOf()).toEqual(['ada'])
    await expect(rig.turnOn('eve')).rejects.toMatchObject({ status: 401 })
  })

  test('gone ends the browser; what failed for now is tried again, what is too old is not', async () => {
    const rig = await start()
    for (const person of ['eve', 'eli', 'ada']) await rig.turnOn(person)
    const again = { act: 'again', afterMs: 2 * minute, counted: true } as const
    rig.decisions.set(`${host}/eve`, { act: 'gone' })
    rig.decisions.set(`${host}/eli`, { ...again, cause: 'young' })
    rig.decisions.set(`${host}/ada`, { ...again, cause: 'down' })
    await rig.submit()
    await rig.sendDue()
    expect(await rig.admin.list(rig.desk.by('eve'))).toEqual([])
    await rig.sendDue()
    expect(rig.told(), 'not before its time').toEqual(['ada', 'eli', 'eve'])
    rig.desk.clock.ms += 2 * minute
    rig.decisions.delete(`${host}/eli`)
    await rig.sendDue()
    expect(rig.told()).toEqual(['ada', 'ada', 'eli', 'eli', 'eve'])
    const second = rig.sent
      .slice(3)
      .map(({ subscription, attempts, lookedGone }) => [subscription.endpoint, attempts, lookedGone])
    expect(second.toSorted()).toEqual([
      [`${host}/ada`, 1, false],
      [`${host}/eli`, 1, true],
    ])
    rig.desk.clock.ms += 40 * minute
    await rig.sendDue()
    expect(rig.sent).toHaveLength(5)
    expect(await rig.sender.begin()).toBeNull()
  })

  test('two who send at once send each notice once; what one leaves is sent by the other after its lease', async () => {
    const rig = await start()
    for (const person of ['eve', 'eli', 'ada']) await rig.turnOn(person)
    await rig.submit()
    const others = [rig.makeSender(), rig.makeSender(), rig.makeSender()]
    await Promise.all(others.map((it) => rig.sendDue(it)))
    expect(rig.told()).toEqual(['ada', 'eli', 'eve'])
    await rig.submit('flash', 'wen')
    const claim = { lease: newId(), most: 2, leaseMs: 30_000, keptMs: 30 * minute, now: rig.desk.clock.ms }
    const { notices } = await rig.stores.notices.claim(claim)
    expect(notices).toHaveLength(2)
    await rig.sendDue()
    expect(rig.sent).toHaveLength(4)
    rig.desk.clock.ms += 31_000
    await rig.sendDue()
    expect(rig.sent).toHaveLength(6)
    const [lost] = notices
    if (lost !== undefined) await rig.stores.notices.settle(lost, { kind: 'gone' }, rig.desk.clock.ms)
    expect(
      (await Promise.all(['eve', 'eli', 'ada'].map((it) => rig.admin.list(rig.desk.by(it))))).flat(),
      'a lost lease settles nothing',
    ).toHaveLength(3)
  })

  test('nothing is told of what is published without waiting, nor of a draft', async () => {
    const rig = await start()
    for (const person of ['eve', 'eli', 'ada']) await rig.turnOn(person)
    await rig.desk.publish({ level: 'urgent', texts: { en: { headline: 'At once' } } }, 'eve', newKey())
    await rig.desk.write({ level: 'flash', texts: { en: { headline: 'A draft' } } })
    await rig.sendDue()
    expect(rig.sent).toEqual([])
  })
}
