import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import type { SurgeOrder, SurgeReport } from '../push/subscribe-report.ts'

// New subscribers: one process, bare sockets that stay open, each with one request under way. It shares the cores with
// the service, so it does as little as can be: keys and most of the bytes are made before, as each browser makes its own.

const connections = 256
const keyPairs = 500
const paceMs = 2
const created = 'HTTP/1.1 201'
const answerBytesMax = 4_096
const keys = Array.from({ length: keyPairs }, () => addressOf('', makeBrowserKeys()))
const run = process.pid.toString(36)
let made = 0

function requestOf(index: number, level: SurgeOrder['level']): string {
  const { p256dh, auth } = keys[index % keys.length] ?? { p256dh: '', auth: '' }
  const endpoint = `https://fcm.googleapis.com/fcm/send/${run}-${index}-${'x'.repeat(140)}`
  const body = JSON.stringify({
    subscription: { endpoint, keys: { p256dh, auth } },
    interest: { languages: ['en'], level },
  })
  return `POST /v1/subscriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** A connection that asks one thing at a time. */
class Line {
  readonly #socket: Socket
  #heard = ''
  #resolve: (waitedMs: number) => void = () => {}
  #reject: (error: Error) => void = () => {}
  #beganAt = 0

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk) => this.#hear(chunk.toString('latin1')))
    this.#socket.on('error', (error) => this.#reject(error))
    this.#socket.on('close', () => this.#reject(new Error('a connection was closed')))
  }

  ask(request: string): Promise<number> {
    this.#beganAt = performance.now()
    this.#socket.write(request)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  end(): void {
    this.#socket.destroy()
  }

  #hear(text: string): void {
    this.#heard += text
    const head = this.#heard.indexOf('\r\n\r\n')
    if (head === -1) {
      if (this.#heard.length > answerBytesMax) this.#reject(new Error('an endless answer'))
      return
    }
    const length = Number(/content-length: (\d+)/i.exec(this.#heard)?.[1] ?? 0)
    if (this.#heard.length < head + 4 + length) return
    const isCreated = this.#heard.startsWith(created)
    const answer = this.#heard
    this.#heard = ''
    if (isCreated) this.#resolve(performance.now() - this.#beganAt)
    else this.#reject(new Error(answer.slice(0, 200)))
  }
}

async function surge({ url, perSecond, seconds, level }: SurgeOrder): Promise<void> {
  const { port } = new URL(url)
  const lines = Array.from({ length: connections }, () => new Line(Number(port)))
  const idle = [...lines]
  const waits: number[] = []
  const flying = new Set<Promise<void>>()
  const beganAt = performance.now()
  const elapsed = () => (performance.now() - beganAt) / 1_000
  let begun = 0

  while (elapsed() < seconds) {
    const wanted = perSecond === 0 ? Number.POSITIVE_INFINITY : elapsed() * perSecond
    while (begun < wanted) {
      const line = idle.pop()
      if (line === undefined) break
      begun += 1
      made += 1
      const one: Promise<void> = line.ask(requestOf(made, level)).then((waitedMs) => {
        waits.push(waitedMs)
        flying.delete(one)
        idle.push(line)
      })
      flying.add(one)
    }
    if (perSecond === 0) await Promise.race(flying)
    else await sleep(paceMs)
  }
  await Promise.all(flying)
  const took = elapsed()
  for (const line of lines) line.end()
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.floor((waits.length - 1) * share)] ?? Number.NaN
  const report: SurgeReport = { made: waits.length, seconds: took, medianMs: at(0.5), p99Ms: at(0.99) }
  process.send?.(report)
}

process.on('message', (order: SurgeOrder) => {
  if (order.do === 'surge') surge(order).catch((error: unknown) => process.send?.({ lost: String(error) }))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
