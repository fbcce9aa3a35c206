import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { newWebhookSecret, signedHeaders } from '../../../src/desk/webhooks/signature.ts'

describe('the signature of Standard Webhooks', () => {
  // The vector of its reference libraries' own tests.
  test('is the one that others compute', async () => {
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampSeconds: 1614265330, body: '{"test": 2432232314}' }
    expect(await signedHeaders(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test('there is one with each secret, the present one first', async () => {
    const message = { id: 'msg_1', timestampSeconds: 1, body: '{}' }
    const secrets = [newWebhookSecret(), newWebhookSecret()]
    const alone = await Promise.all(
      secrets.map(async (it) => (await signedHeaders(message, [it]))['webhook-signature']),
    )
    expect((await signedHeaders(message, secrets))['webhook-signature']).toBe(alone.join(' '))
  })

  test('a new secret has 32 random bytes', () => {
    const bytes = Buffer.from(newWebhookSecret().slice('whsec_'.length), 'base64')
    expect(bytes).toHaveLength(32)
    expect(newWebhookSecret()).not.toBe(newWebhookSecret())
  })
})

test('the library of Standard Webhooks takes a message by either of its secrets, and no other one', async () => {
  const secrets = [newWebhookSecret(), newWebhookSecret()]
  const body = JSON.stringify({ type: 'alert.published', data: { headline: 'ناظران دره را ترک کردند' } })
  const message = { id: 'msg_1', timestampSeconds: Math.floor(Date.now() / 1_000), body }
  const headers = { ...(await signedHeaders(message, secrets)) }
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
  const [first = ''] = secrets
  expect(() => new Webhook(first).verify(body.replace('published', 'retracted'), headers)).toThrow()
  expect(() => new Webhook(first).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow()
  expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow()
})
