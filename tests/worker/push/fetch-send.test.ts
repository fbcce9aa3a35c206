import { setDefaultCACertificates } from 'node:tls'
import { expect, test } from 'vitest'
import { fetchSend } from '../../../src/worker/push/fetch-send.ts'
import { type Answer, startPushService } from '../../support/push/push-service.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

async function ask(script: Answer, requestMs = 5_000) {
  const service = await startPushService()
  clean(() => service.close())
  setDefaultCACertificates([service.certificate.cert])
  service.script = () => script
  const reader = service.makeReader('web.push.apple.com')
  const headers = { ttl: '60', urgency: 'high', authorization: 'vapid t=a, k=b' }
  const send = fetchSend({ connectTo: service.connectTo, requestMs })
  const answer = await send({ endpoint: reader.address.endpoint, headers, body: new Uint8Array(100).fill(7) })
  return { answer, counterTotals: service.counterTotals, reader, headers }
}

test('a request arrives as it was made, for the host that it was meant for, and its answer comes back', async () => {
  const { answer, counterTotals, reader, headers } = await ask({ status: 429, headers: { 'retry-after': '7' } })
  expect(answer).toMatchObject({ kind: 'answered', status: 429, retryAfter: '7' })
  expect(counterTotals).toMatchObject([{ host: 'web.push.apple.com', readerId: reader.id, headers }])
  expect(counterTotals[0]?.body).toEqual(Buffer.alloc(100, 7))
})

test('a redirect is not followed', async () => {
  const { answer, counterTotals } = await ask({
    status: 307,
    headers: { location: 'https://fcm.googleapis.com/other' },
  })
  expect(answer).toMatchObject({ kind: 'answered', status: 307 })
  expect(counterTotals).toHaveLength(1)
})

test.each([
  ['a long body', { status: 201, body: 'x'.repeat(1_000_000) }],
  ['a body without an end', 'dribble'],
] as const)('%s does not make an answer less of one', async (_, script) => {
  expect((await ask(script, 300)).answer).toMatchObject({ kind: 'answered', status: 201, retryAfter: null })
})

test.each(['silence', 'reset'] as const)('%s: there is no knowing, and it ends in time', async (script) => {
  expect((await ask(script, 300)).answer).toMatchObject({ kind: 'broken' })
})
