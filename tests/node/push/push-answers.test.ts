import { describe, expect, test } from 'vitest'
import { PushSender } from '../../../src/node/push/connections/connection-pool.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { VapidTokens } from '../../../src/push/crypto/vapid-tokens.ts'
import { PushAlarm } from '../../../src/push/outbox/alarms.ts'
import { Pusher } from '../../../src/push/send/pusher.ts'
import { SendPush } from '../../../src/push/send/send-push.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { http2Implementations } from '../../support/push/http2-implementations.ts'
import { makeAlert, makeEntry, makeInterest, newId, pushSecret } from '../../support/push/push-deps.ts'
import { type Answer, startPushService } from '../../support/push/push-service.ts'
import { cleaning } from '../../support/scratch.ts'

describe.each(http2Implementations)('by %s', (_, http2Link) => {
  // The table of statuses in docs/internals.md, each row over a real connection; only the clock is the test's.

  const clean = cleaning()
  const startMs = Date.parse('2026-03-01T12:00:00.000Z')
  const old = '2026-01-01T00:00:00.000Z'
  const minuteMs = 60_000

  /** One subscription and an entry for it. `script` is what the service answers the first time; afterwards it accepts. */
  async function setUp(script: Answer, createdAt = old, http1Only = false) {
    const service = await startPushService({ http1Only })
    clean(() => service.close())
    const sender = new PushSender({
      http2Link,
      connectTo: service.connectTo,
      ca: service.certificate.cert,
      requestMs: 300,
    })
    clean(() => sender.close())
    const sql = openSqlite(':memory:')
    clean(() => sql.close())
    const addressEncryption = await AddressEncryption.make(pushSecret)
    const clock = { ms: startMs }
    const now = () => clock.ms
    const error: string[] = []
    // Whom nothing reached is looked at in outbox-failures.test.ts; the clock here is not the service's.
    const report = (it: unknown): void => {
      if (!(it instanceof PushAlarm && ['failed', 'clock'].includes(it.kind))) error.push(String(it))
    }
    const store = new SqliteSubscriptions({ sql, addressEncryption, newId })
    const outbox = new SqliteOutbox({ sql, addressEncryption, now, newId, report })
    let seals = 0
    const sendPush = new SendPush({
      seal: async () => new Uint8Array([++seals]),
      send: sender.send,
      tokens: new VapidTokens(() => 'vapid t=a, k=b', now),
      hosts: pushServiceHosts,
      now,
      random: () => 1,
      report,
    })
    const pusher = new Pusher({
      outbox,
      sendPush,
      payload: () => new Uint8Array(9),
      topic: async () => 't',
      now,
      report,
    })
    const reader = service.makeReader()
    await store.put({ ...reader.address, interest: makeInterest(), discreet: false, vapidKeyId: 'k1' }, createdAt)
    // In the middle of a run: only a request after the first can be above the last stream of a GOAWAY.
    await sender.send({ endpoint: service.makeReader().address.endpoint, headers: {}, body: new Uint8Array(1) })
    const bodies: string[] = []
    service.script = ({ nth, body }) => {
      bodies.push(body.toString('hex'))
      return nth === 1 ? script : { status: 201 }
    }
    const alert = makeAlert(startMs)
    await outbox.open(makeEntry(1, alert))
    const drain = () => pusher.drain(new AbortController().signal)
    await drain()
    return {
      bodies,
      error,
      delivery: async () => (await outbox.delivery(alert.id))[0],
      readers: async () => (await store.count()).length,
      async later(ms: number) {
        clock.ms += ms
        await drain()
      },
    }
  }

  test.each([200, 201, 202, 204])('%i: accepted', async (status) => {
    const { delivery, bodies } = await setUp({ status })
    expect(await delivery()).toMatchObject({ accepted: 1, waiting: 0 })
    expect(bodies).toHaveLength(1)
  })

  test.each([404, 410])('%i: gone, and deleted', async (status) => {
    const { delivery, readers } = await setUp({ status })
    expect(await delivery()).toMatchObject({ gone: 1, waiting: 0 })
    expect(await readers()).toBe(0)
  })

  test.each([404, 410])(
    '%i for a subscription younger than ten minutes: asked once more, a minute later',
    async (status) => {
      const { delivery, readers, later } = await setUp({ status }, new Date(startMs - 9 * minuteMs).toISOString())
      expect(await delivery()).toMatchObject({ waiting: 1 })
      await later(minuteMs)
      expect(await delivery()).toMatchObject({ accepted: 1, gone: 0 })
      expect(await readers()).toBe(1)
    },
  )

  test.each([400, 413, 301, 302, 303, 307, 308, 405, 418])(
    '%i: failed, kept, and there is an alarm',
    async (status) => {
      const { delivery, readers, error, bodies } = await setUp({ status, headers: { location: 'https://127.0.0.1/' } })
      expect(await delivery()).toMatchObject({ failed: 1, waiting: 0 })
      expect(await readers()).toBe(1)
      expect(error).toHaveLength(1)
      expect(bodies).toHaveLength(1)
    },
  )

  test.each([401, 403])('%i: once more with a new token; the subscription is kept', async (status) => {
    const { delivery, readers, later } = await setUp({ status })
    expect(await delivery()).toMatchObject({ waiting: 1 })
    await later(minuteMs)
    expect(await delivery()).toMatchObject({ accepted: 1, failed: 0 })
    expect(await readers()).toBe(1)
  })

  test.each([429, 406])('%i: again, not before Retry-After, with the same ciphertext', async (status) => {
    const { delivery, later, bodies } = await setUp({ status, headers: { 'retry-after': '600' } })
    await later(10 * minuteMs - 1)
    expect(bodies).toHaveLength(1)
    await later(1)
    expect(await delivery()).toMatchObject({ accepted: 1 })
    expect(bodies).toEqual([bodies[0], bodies[0]])
  })

  test.each<Answer>([...[408, 500, 501, 502, 503, 504].map((status) => ({ status })), 'reset', 'silence'])(
    '%j: again later, with the same ciphertext',
    async (script) => {
      const { delivery, readers, later, bodies } = await setUp(script)
      expect(await delivery()).toMatchObject({ waiting: 1 })
      await later(minuteMs)
      expect(await delivery()).toMatchObject({ accepted: 1, failed: 0 })
      expect(await readers()).toBe(1)
      expect(bodies).toEqual([bodies[0], bodies[0]])
    },
  )

  test.each<Answer>(['refuse', 'goaway', 'calm'])(
    '%j: not looked at, so again at once, as no attempt',
    async (script) => {
      const { delivery, bodies } = await setUp(script)
      expect(await delivery()).toMatchObject({ accepted: 1, waiting: 0 })
      expect(bodies).toEqual([bodies[0], bodies[0]])
    },
  )

  test('a service that answers and then dribbles for ever has accepted, once', async () => {
    for (const http1Only of [false, true]) {
      const { delivery, later, bodies } = await setUp('dribble', old, http1Only)
      expect(await delivery()).toMatchObject({ accepted: 1, waiting: 0 })
      await later(minuteMs)
      expect(bodies).toHaveLength(1)
    }
  })
})
