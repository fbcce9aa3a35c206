import { describe, expect, test } from 'vitest'
import { PushSender } from '../../../../src/node/push/connections/connection-pool.ts'
import type { PushResult } from '../../../../src/push/crypto/seal.ts'
import { http2Implementations } from '../../../support/push/http2-implementations.ts'
import { until } from '../../../support/push/push-deps.ts'
import { type Answer, type PushService, type Reader, startPushService } from '../../../support/push/push-service.ts'
import { cleaning } from '../../../support/scratch.ts'

describe.each(http2Implementations)('by %s', (_, http2Link) => {
  const clean = cleaning()

  async function setUp(options: Parameters<typeof startPushService>[0] = {}, requestMs?: number) {
    const service = await startPushService(options)
    clean(() => service.close())
    const limit = requestMs === undefined ? {} : { requestMs }
    const sender = new PushSender({ http2Link, connectTo: service.connectTo, ca: service.certificate.cert, ...limit })
    clean(() => sender.close())
    return { service, sender }
  }

  const to = (reader: Reader, sender: PushSender): Promise<PushResult> =>
    sender.send({
      endpoint: reader.address.endpoint,
      headers: { ttl: '60', urgency: 'high' },
      body: new Uint8Array(100),
    })

  async function answerTo(script: Answer, requestMs?: number): Promise<{ answer: PushResult; service: PushService }> {
    const { service, sender } = await setUp({}, requestMs)
    service.script = () => script
    return { answer: await to(service.makeReader(), sender), service }
  }

  test('a request arrives as it was made, and its answer comes back', async () => {
    const { service, sender } = await setUp()
    service.script = () => ({ status: 429, headers: { 'retry-after': '7' } })
    const reader = service.makeReader('web.push.apple.com')
    expect(await to(reader, sender)).toMatchObject({ kind: 'answered', status: 429, retryAfter: '7' })
    expect(service.counterTotals).toMatchObject([
      { host: 'web.push.apple.com', readerId: reader.id, headers: { ttl: '60', urgency: 'high', ':method': 'POST' } },
    ])
  })

  test('many requests share a connection', async () => {
    const { service, sender } = await setUp()
    const reader = service.makeReader()
    await to(reader, sender)
    await Promise.all(Array.from({ length: 50 }, () => to(reader, sender)))
    expect(service.counterTotals).toHaveLength(51)
    expect(service.sessions.size).toBe(1)
  })

  test('a service that allows few requests at once gets more connections, up to four, and no request is lost', async () => {
    const { service, sender } = await setUp({ streamsMax: 2 })
    const reader = service.makeReader()
    const answers = await Promise.all(Array.from({ length: 60 }, () => to(reader, sender)))
    expect(answers.every((answer) => answer.kind === 'answered' && answer.status === 201)).toBe(true)
    expect(service.sessions.size).toBeLessThanOrEqual(4)
  })

  test('a redirect is not followed', async () => {
    const { answer, service } = await answerTo({
      status: 307,
      headers: { location: 'https://fcm.googleapis.com/other' },
    })
    expect(answer).toMatchObject({ kind: 'answered', status: 307 })
    expect(service.counterTotals).toHaveLength(1)
  })

  test('a broken stream is broken, a refused one was not processed', async () => {
    expect((await answerTo('reset')).answer).toMatchObject({ kind: 'broken' })
    expect((await answerTo('refuse')).answer).toEqual({ kind: 'unprocessed' })
  })

  test('a request above the last stream of a GOAWAY was not processed, and the next goes on a new connection', async () => {
    const { service, sender } = await setUp()
    const reader = service.makeReader()
    await to(reader, sender)
    service.script = ({ nth }) => (nth === 2 ? 'goaway' : { status: 201 })
    expect(await to(reader, sender)).toEqual({ kind: 'unprocessed' })
    expect(await to(reader, sender)).toMatchObject({ kind: 'answered', status: 201 })
  })

  test('a silent service is given up', async () => {
    expect((await answerTo('silence', 300)).answer).toMatchObject({ kind: 'broken' })
  })

  test.each([false, true])(
    'a service that answers and then dribbles for ever was still heard (HTTP/1.1: %s)',
    async (http1Only) => {
      const { service, sender } = await setUp({ http1Only }, 2_000)
      service.script = () => 'dribble'
      expect(await to(service.makeReader(), sender)).toMatchObject({ kind: 'answered', status: 201, retryAfter: null })
    },
  )

  test('a service that allows ever fewer requests at once is obeyed, and every request is answered', async () => {
    const { service, sender } = await setUp({ streamsMax: 50 })
    const reader = service.makeReader()
    service.script = () => {
      if (service.counterTotals.length === 20) service.allow(2)
      return { status: 201 }
    }
    const answers: PushResult[] = []
    const sendOne = async (): Promise<void> => {
      let answer = await to(reader, sender)
      // What was on its way when the limit came may be refused: it was not processed, so it goes again.
      while (answer.kind === 'unprocessed') answer = await to(reader, sender)
      answers.push(answer)
    }
    await Promise.all(Array.from({ length: 120 }, sendOne))
    expect(answers.map((answer) => (answer.kind === 'answered' ? answer.status : answer))).toEqual(Array(120).fill(201))
    expect(service.counterTotals).toHaveLength(120)
  })

  test('after a GOAWAY with an error code, what its service did not look at was not processed, and the next is sent', async () => {
    const { service, sender } = await setUp()
    const reader = service.makeReader()
    await to(reader, sender)
    service.script = ({ nth }) => (nth === 2 ? 'calm' : { status: 201 })
    expect(await to(reader, sender)).toEqual({ kind: 'unprocessed' })
    expect(await to(reader, sender)).toMatchObject({ kind: 'answered', status: 201 })
  })

  test.each([false, true])(
    'of a long answer only the beginning is read: it is broken off (HTTP/1.1: %s)',
    async (http1Only) => {
      // Longer than the test may take: only reading too much can end it.
      const { service, sender } = await setUp({ http1Only }, 600_000)
      service.script = () => ({ status: 201, body: 'x'.repeat(10_000_000) })
      expect(await to(service.makeReader(), sender)).toMatchObject({ kind: 'answered', status: 201 })
      await until(() => service.brokenOff === 1)
      service.script = () => ({ status: 201, body: 'x'.repeat(4_000) })
      expect(await to(service.makeReader(), sender)).toMatchObject({ kind: 'answered', status: 201 })
      expect(service.brokenOff).toBe(1)
    },
  )

  test('a service that speaks only HTTP/1.1 is spoken to in it', async () => {
    const { service, sender } = await setUp({ http1Only: true })
    const reader = service.makeReader('wns2-test.notify.windows.com')
    const answers = await Promise.all(Array.from({ length: 5 }, () => to(reader, sender)))
    expect(answers.every((answer) => answer.kind === 'answered' && answer.status === 201)).toBe(true)
    expect(service.counterTotals[0]).toMatchObject({ host: 'wns2-test.notify.windows.com', headers: { ttl: '60' } })
    expect(service.counterTotals[0]?.headers).not.toHaveProperty(':path')
    expect(service.sessions.size).toBe(0)
  })

  test('a service that speaks only HTTP/1.1 gets a few connections, not one for each request', async () => {
    const { service, sender } = await setUp({ http1Only: true })
    const reader = service.makeReader()
    await to(reader, sender)
    service.script = () => ({ status: 201, afterMs: 300 })
    const answers = await Promise.all(Array.from({ length: 120 }, () => to(reader, sender)))
    expect(answers.every((answer) => answer.kind === 'answered' && answer.status === 201)).toBe(true)
    // Four times six, and the ones that found out what it speaks.
    expect(service.connectionsMax).toBeLessThanOrEqual(28)
  })

  test('a service whose certificate is not trusted, or that is not there, is broken', async () => {
    const { service } = await setUp()
    const stranger = new PushSender({ http2Link, connectTo: service.connectTo })
    clean(() => stranger.close())
    expect(await to(service.makeReader(), stranger)).toMatchObject({ kind: 'broken' })
    const nowhere = new PushSender({
      http2Link,
      connectTo: new Map([['updates.push.services.mozilla.com', { address: '127.0.0.1', port: 1 }]]),
    })
    expect(await to(service.makeReader(), nowhere)).toMatchObject({ kind: 'broken' })
    expect(service.counterTotals).toEqual([])
  })
})
