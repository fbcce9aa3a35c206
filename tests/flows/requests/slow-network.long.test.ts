import { get, type IncomingMessage } from 'node:http'
import { brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleLimits } from '../../../src/signing/bundle-format.ts'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { verifyBundle } from '../../../src/signing/verify/verify-bundle.ts'
import { throttlingProxy } from '../../support/networks/throttling-proxy.ts'
import { publish, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// A network that lets 22 kilobits a second through, as a DNS tunnel does.

const clean = cleaning(afterAll)
const bitsPerSecond = 22_000
const secondsMax = 15
const patience = { timeout: 120_000 }
let service: Running

/** Words that repeat as little as a newsroom's do. */
const wordsOf = (nth: number, count: number) =>
  Array.from({ length: count }, (_, at) => `کلمه${((nth * 7919 + at * 104_729) % 99_991).toString(36)}`).join(' ')

beforeAll(async () => {
  service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGTERM'))
  for (let nth = 1; nth <= 60; nth += 1)
    await publish(service.url, {
      level: 'routine',
      texts: { fa: { headline: wordsOf(nth, 7), summary: wordsOf(nth + 500, 30) } },
    })
}, 60_000)

/** Asks on a connection of its own, and gives what came until it ended. */
function asked(url: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ answer: IncomingMessage; body: Buffer; isWhole: boolean }>((resolve, reject) => {
    const request = get(
      `${url}/v1/bundle/fa`,
      { agent: false, headers: { ...headers, connection: 'close' } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', () => {})
        answer.on('close', () => resolve({ answer, body: Buffer.concat(chunks), isWhole: answer.complete }))
      },
    )
    request.on('error', reject)
  })
}

async function faultsOf(bytes: Uint8Array): Promise<readonly unknown[]> {
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  const { faults, entries } = await verifyBundle(verifier, bytes, null)
  expect(entries.length).toBeGreaterThan(10)
  return faults
}

const secondsOf = (bytes: number) => (bytes * 8) / bitsPerSecond

test('a bundle in brotli arrives whole, with all its headers in bytes that pass within 15 s', patience, async () => {
  const proxy = await throttlingProxy(Number(new URL(service.url).port), bitsPerSecond / 8, clean)
  const begunMs = performance.now()
  const { answer, body, isWhole } = await asked(proxy.url, { 'accept-encoding': 'br' })
  expect([answer.statusCode, answer.headers['content-encoding'], isWhole]).toEqual([200, 'br', true])
  expect(await faultsOf(brotliDecompressSync(body))).toEqual([])
  expect(secondsOf(proxy.passed())).toBeLessThanOrEqual(secondsMax)
  // The network was as slow as it should be.
  expect((performance.now() - begunMs) / 1_000).toBeGreaterThan(secondsOf(body.length) * 0.9)
})

test('the largest bundle passes within 15 s also as mirrors have it, not compressed', () => {
  expect(secondsOf(bundleLimits.bytesMax)).toBeLessThan(secondsMax)
})

test(
  'a download that is cut off again and again goes on where it was, and is the same to the byte',
  patience,
  async () => {
    const proxy = await throttlingProxy(Number(new URL(service.url).port), bitsPerSecond / 8, clean)
    let bytes = Buffer.alloc(0)
    let etag = ''
    let rounds = 0
    for (let isWhole = false; !isWhole; rounds += 1) {
      proxy.cutNext(9_000)
      const headers = etag === '' ? {} : { range: `bytes=${bytes.length}-`, 'if-range': etag }
      const part = await asked(proxy.url, { 'accept-encoding': 'identity', ...headers })
      // Five minutes may have begun in between: then it is another version, from the beginning.
      if (part.answer.statusCode === 200) bytes = Buffer.alloc(0)
      else expect(part.answer.statusCode).toBe(206)
      etag = String(part.answer.headers.etag)
      bytes = Buffer.concat([bytes, part.body])
      isWhole = part.isWhole
      expect(rounds).toBeLessThan(10)
    }
    expect(rounds).toBeGreaterThan(2)
    expect(await faultsOf(bytes)).toEqual([])
  },
)
