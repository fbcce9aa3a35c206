import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSameSecret, secretHash } from '../../src/auth/secret.ts'
import { healthRoutes } from '../../src/http/api/health.ts'
import { createPart } from '../../src/http/app.ts'
import { isLocalRequest } from '../../src/node/server/local-request.ts'
import { isLocalCaller } from '../../src/worker/local-caller.ts'
import { runs } from '../support/effort.ts'

const key = 'the-metrics-key-of-the-tests'

async function asked(metricsKey: string | null, isLocal: boolean, authorization?: string) {
  const door = { editors: { holder: async () => null }, now: () => 0, publicUrl: null, report: () => {} }
  const app = createPart(door)
  healthRoutes(app, { notReady: () => null, metrics: async () => 'tocsin_head 1', metricsKey, isLocal: () => isLocal })
  const answer = await app.request('/metrics', authorization === undefined ? {} : { headers: { authorization } })
  const text = await answer.text()
  return { status: answer.status, text, code: answer.ok ? null : (JSON.parse(text) as { code: string }).code }
}

describe('the metrics', () => {
  const wrong = [
    undefined,
    'Bearer',
    'Bearer ',
    `Bearer ${key.slice(0, -1)}`,
    `Bearer ${key}x`,
    `Bearer x${key}`,
    `Bearer ${key.toUpperCase()}`,
    `Bearer ${key} ${key}`,
    `Basic ${key}`,
    `Bearer${key}`,
    key,
  ]
  test.each(wrong)(
    'are refused with a key to whoever sends %j, on this machine too, and nothing of them is told',
    async (sent) => {
      for (const isLocal of [true, false]) {
        const { status, text, code } = await asked(key, isLocal, sent)
        expect([status, code, text.includes('tocsin_head')]).toEqual([401, 'metrics-key', false])
      }
    },
  )

  test.each([`Bearer ${key}`, `bearer ${key}`, `BEARER  ${key}`])(
    'are told to whoever sends %j, from anywhere',
    async (sent) => {
      for (const isLocal of [true, false])
        expect(await asked(key, isLocal, sent)).toMatchObject({ status: 200, text: 'tocsin_head 1' })
    },
  )

  test('without a key are for this machine alone, whatever is sent', async () => {
    for (const sent of [undefined, 'Bearer x', `Bearer ${key}`, 'Bearer null', 'Bearer undefined']) {
      expect(await asked(null, true, sent)).toMatchObject({ status: 200 })
      expect(await asked(null, false, sent)).toMatchObject({ status: 403, code: 'metrics-key' })
    }
  })
})

describe('this machine', () => {
  const here = { remoteAddress: '127.0.0.1', host: 'localhost:3000', httpVersion: '1.1', headers: {} }
  const onNode = ({ remoteAddress, host, httpVersion, headers }: typeof here) =>
    isLocalRequest({ socket: { remoteAddress }, headers: { host, ...headers }, httpVersion } as never)

  test.each([
    {},
    { remoteAddress: '127.9.9.9' },
    { remoteAddress: '::1', host: '[::1]:3000' },
    { remoteAddress: '::ffff:127.0.0.1', host: '127.0.0.1' },
  ])('is whoever asks it directly: %j', (more) => {
    expect(onNode({ ...here, ...more })).toBe(true)
  })

  test.each([
    { remoteAddress: '203.0.113.9' },
    { remoteAddress: '::ffff:203.0.113.9' },
    { remoteAddress: '2001:db8::1' },
    { remoteAddress: '' },
    { host: 'alerts.example' },
    { host: 'localhost.alerts.example' },
    { host: '' },
    { httpVersion: '1.0' },
    ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via'].map((name) => ({
      headers: { [name]: '127.0.0.1' },
    })),
  ])('is not who comes from elsewhere or by way of a proxy: %j', (more) => {
    expect(onNode({ ...here, ...more })).toBe(false)
  })

  test.each([
    ['http://localhost:8787/metrics', {}, true],
    ['http://127.0.0.1:8787/metrics', { 'cf-connecting-ip': '127.0.0.1' }, true],
    ['http://[::1]:8787/metrics', { 'cf-connecting-ip': '::1' }, true],
    ['https://alerts.example/metrics', {}, false],
    ['https://alerts.example/metrics', { 'cf-connecting-ip': '127.0.0.1' }, false],
    ['http://localhost:8787/metrics', { 'cf-connecting-ip': '203.0.113.9' }, false],
    ['http://localhost:8787/metrics', { 'x-forwarded-for': '127.0.0.1' }, false],
  ])('on Workers: %s with %j is %s', (url, headers, expected) => {
    expect(isLocalCaller(new Request(url, { headers }))).toBe(expected)
  })
})

describe('two secrets', () => {
  test('are the same exactly when they are equal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), async (one, other) => {
        expect(await isSameSecret(one, one)).toBe(true)
        expect(await isSameSecret(one, other)).toBe(one === other)
      }),
      { numRuns: runs(50) },
    )
  })

  test('are compared by every character of their hashes, whether they differ first or last', async () => {
    const wanted = await secretHash('wanted')
    // Secrets whose hashes begin or end as the wanted one's.
    const alike = { begins: 0, ends: 0 }
    for (let count = 0; count < 1_000; count += 1) {
      const hash = await secretHash(`secret ${count}`)
      if (hash.at(-1) === wanted.at(-1)) alike.ends += 1
      if (hash.at(0) === wanted.at(0)) alike.begins += 1
      if (hash.at(-1) === wanted.at(-1) || hash.at(0) === wanted.at(0))
        expect(await isSameSecret(`secret ${count}`, 'wanted')).toBe(false)
    }
    expect(Math.min(alike.begins, alike.ends)).toBeGreaterThan(0)
  })
})
