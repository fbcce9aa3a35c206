import { once } from 'node:events'
import { request } from 'node:https'
import { type AddressInfo, createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer } from 'node:tls'
import { parseArgs } from 'node:util'
import WebSocket from 'ws'
import { newsTexts, seeded } from '../support/newsroom/news-texts.ts'
import { tcpProxy } from '../support/postgres/tcp-proxy.ts'
import { publish, startNode } from '../support/processes/service.ts'
import { makeCertificate } from '../support/push/certificate.ts'
import { scratchFolder } from '../support/scratch.ts'

const usage = `Measures the bytes on the wire of what no alert causes: the heartbeats of a socket and of an event stream, and one reading of a
mirror's file over a connection of its own. TLS 1.3 is counted with; of TCP and IP, 52 bytes for each packet and for its
acknowledgement are reckoned up.

Usage: npm run bench:traffic -- [--seconds 120] [--heartbeats 3,25]

  --seconds     how long each stream is listened to
  --heartbeats  seconds between heartbeats, of which each is measured`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    heartbeats: { type: 'string', default: '3,25' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
/** Header of a TCP segment with time stamps (RFC 7323), and of its IPv4 packet. */
const packetBytes = 52
const seconds = Number(values.seconds)
const ends: (() => unknown)[] = []
const clean = (end: () => unknown) => void ends.unshift(end)

const service = await startNode(scratchFolder(clean))
clean(() => service.end('SIGKILL'))
const secured = createServer(makeCertificate(['localhost']), (near) => {
  const far = createConnection(Number(new URL(service.url).port), '127.0.0.1')
  near.pipe(far).pipe(near)
  for (const it of [near, far])
    it.on('error', () => {}).on('close', () => [near, far].map((socket) => socket.destroy()))
}).listen(0, '127.0.0.1')
await once(secured, 'listening')
clean(() => secured.close())

type Count = { up: number; down: number; packets: number }
const count: Count = { up: 0, down: 0, packets: 0 }
const proxy = await tcpProxy((secured.address() as AddressInfo).port, clean, {
  accepts: () => true,
  pass(piece, from) {
    count[from === 'client' ? 'up' : 'down'] += piece.length
    count.packets += Math.ceil(piece.length / 1_400)
    return piece
  },
})
const options = { rejectUnauthorized: false }
const begin = () => Object.assign(count, { up: 0, down: 0, packets: 0 })
const whole = ({ up, down, packets }: Count) => up + down + 2 * packets * packetBytes
const say = (what: string, { up, down, packets }: Count, more = '') =>
  console.log(
    `${what.padEnd(44)} up ${up}, down ${down} bytes in ${packets} packets; ${whole(count)} with TCP and IP${more}`,
  )

async function listenedTo(what: string, open: (query: string) => () => void): Promise<void> {
  for (const heartbeat of values.heartbeats.split(',')) {
    const close = open(`languages=en&heartbeat=${heartbeat}`)
    // What it begins with is over.
    await sleep(2_000)
    begin()
    await sleep(seconds * 1_000)
    say(
      `${what}, heartbeat=${heartbeat}, ${seconds} s`,
      count,
      `: ${Math.round((whole(count) * 3_600) / seconds / 1_000)} KB an hour`,
    )
    close()
  }
}

await listenedTo('socket', (query) => {
  const socket = new WebSocket(`wss://127.0.0.1:${proxy.port}/v1/socket?${query}`, options)
  return () => socket.terminate()
})
await listenedTo('event stream', (query) => {
  const asked = request({ ...options, port: proxy.port, path: `/v1/events?${query}`, agent: false }, (answer) =>
    answer.resume(),
  )
  asked.on('error', () => {})
  asked.end()
  return () => asked.destroy()
})

const textIn = newsTexts('en', seeded(1))
for (let nth = 0; nth < 50; nth += 1) {
  const { headline, summary = '' } = textIn({ headline: 50, summary: 95 })
  await publish(service.url, { level: 'routine', texts: { en: { headline, summary } } })
}
for (const coding of ['br', 'gzip', 'identity']) {
  begin()
  const headers = { 'accept-encoding': coding }
  const asked = request({ ...options, port: proxy.port, path: '/v1/bundle/en', agent: false, headers }).end()
  const [answer] = await once(asked, 'response')
  await once(answer.resume(), 'end')
  await sleep(100)
  say(
    `a bundle of 50 alerts, ${coding}`,
    count,
    `: ${Math.round((whole(count) * 600) / 7 / 1_000)} KB in ten minutes at every 7 s`,
  )
}
for (const end of ends) await end()
