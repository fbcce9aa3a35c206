import { Agent, request } from 'node:http'
import { addressOf, makeBrowserKeys } from '../support/browser-keys.ts'
import type { SurgeOrder, SurgeReport } from './subscribe-words.ts'

// New subscribers: one process, connections that stay open. Keys are made before, as each browser makes its own.

const connections = 64
const inFlightMax = 512
const keyPairs = 500
const paceMs = 10
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const keys = Array.from({ length: keyPairs }, () => addressOf('', makeBrowserKeys()))
const run = process.pid.toString(36)
let made = 0

function bodyOf(index: number): string {
  const { p256dh, auth } = keys[index % keys.length] ?? { p256dh: '', auth: '' }
  const endpoint = `https://fcm.googleapis.com/fcm/send/${run}-${index}-${'x'.repeat(140)}`
  // Who wants only the gravest is sent nothing by the bench's alerts: what is measured is the taking in.
  return JSON.stringify({
    subscription: { endpoint, keys: { p256dh, auth } },
    interest: { languages: ['en'], level: 'flash' },
  })
}

function subscribe(url: URL, index: number): Promise<number> {
  const body = bodyOf(index)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const beganAt = performance.now()
  return new Promise((resolve, reject) => {
    const asking = request({
      host: '127.0.0.1',
      port: url.port,
      path: '/v1/subscriptions',
      method: 'POST',
      agent,
      headers,
    })
    asking.on('error', reject)
    asking.on('response', (answer) => {
      answer.resume()
      answer.on('end', () => {
        if (answer.statusCode === 201) resolve(performance.now() - beganAt)
        else reject(new Error(`answered ${answer.statusCode}`))
      })
    })
    asking.end(body)
  })
}

async function surge({ url, perSecond, seconds }: SurgeOrder): Promise<void> {
  const address = new URL('/', url)
  const waits: number[] = []
  const flying = new Set<Promise<void>>()
  const beganAt = performance.now()
  const elapsed = () => (performance.now() - beganAt) / 1_000
  const isOver = () => elapsed() >= seconds
  let begun = 0
  while (!isOver()) {
    const wanted = perSecond === 0 ? Number.POSITIVE_INFINITY : elapsed() * perSecond
    while (begun < wanted && flying.size < inFlightMax) {
      begun += 1
      made += 1
      const one: Promise<void> = subscribe(address, made).then((waited) => {
        waits.push(waited)
        flying.delete(one)
      })
      flying.add(one)
    }
    if (perSecond === 0) await Promise.race(flying)
    else await new Promise((resolve) => setTimeout(resolve, paceMs))
  }
  await Promise.all(flying)
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.floor((waits.length - 1) * share)] ?? Number.NaN
  const report: SurgeReport = { made: waits.length, seconds: elapsed(), medianMs: at(0.5), p99Ms: at(0.99) }
  process.send?.(report)
}

process.on('message', (order: SurgeOrder) => {
  if (order.do === 'surge') surge(order).catch((trouble: unknown) => process.send?.({ lost: String(trouble) }))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
