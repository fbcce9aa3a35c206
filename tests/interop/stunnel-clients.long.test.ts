import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freezingProxy } from '../support/networks/freezing-proxy.ts'
import { freePort, publish, startNode } from '../support/processes/service.ts'
import { makeCertificate } from '../support/push/certificate.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import type { ClientsOrder, ClientsWord } from '../support/streams/many-clients-main.ts'
import { needsInstalled, pathOf } from './installed.ts'

// Sixty clients of ours, more with TEST_CLIENTS, at a real service, over TLS by Debian's stunnel, through a proxy that stops each
// connection silently after 15,000 bytes, TLS included. All of them are on one machine, and each connects again every few seconds.

const clean = cleaning()
const program = fileURLToPath(new URL('../support/streams/many-clients-main.ts', import.meta.url))
const clientsEach = Number(process.env.TEST_CLIENTS ?? 60) / 2
const alerts = 200
/** So many are posted at once. With them each client meets its first freeze, which the usual heartbeats show. */
const burst = 60
/** Before so many are posted, one by one, each client has met the second. */
const learningMax = 120
const freezesEach = 2
/** As late a flash may be at most. It is printed and not asserted: a busy machine makes all of them late. */
const wantedMs = 5_000
/** Between two flashes. Each client begins a connection with every eighth of them, and all on one machine. */
const pauseMs = Math.max(700, 4 * clientsEach)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const alert = (nth: number, level: 'flash' | 'routine') => ({
  level,
  texts: {
    en: {
      headline: `News ${nth} of the valley`,
      summary: 'Observers have left the valley. Witnesses say that the road is open again.',
      url: `https://news.example/${nth}`,
    },
  },
})

/** Debian's stunnel before a service of this machine. */
async function tlsBefore(port: number, folder: string): Promise<{ readonly port: number; readonly ca: string }> {
  const { key, cert } = makeCertificate(['localhost'])
  const ca = join(folder, 'cert.pem')
  writeFileSync(ca, cert)
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  const accept = await freePort()
  const config = join(folder, 'stunnel.conf')
  writeFileSync(
    config,
    ['foreground = yes', 'pid =', 'debug = warning', '[tocsin]', `accept = 127.0.0.1:${accept}`]
      .concat([`connect = 127.0.0.1:${port}`, `cert = ${ca}`, `key = ${join(folder, 'key.pem')}`, ''])
      .join('\n'),
  )
  const child = spawn('sh', ['-c', 'ulimit -n 8192 && exec "$0" "$1"', pathOf('stunnel4'), config], { stdio: 'ignore' })
  clean(() => child.kill('SIGKILL'))
  return { port: Number(accept), ca }
}

function clientsOf(url: string, transport: ClientsOrder['transport'], ca: string): ChildProcess {
  const order: ClientsOrder = { url, transport, clients: clientsEach, atOnce: 20, pauseMs: 200 }
  const child = fork(program, [JSON.stringify(order)], { env: { ...process.env, NODE_EXTRA_CA_CERTS: ca } })
  clean(() => child.kill('SIGKILL'))
  return child
}

async function stateOf(child: ChildProcess): Promise<ClientsWord> {
  const answered = once(child, 'message')
  child.send('state')
  const [word] = await answered
  return word
}

test('each of many clients gets 200 of 200 alerts in order, and meets two freezes and no more', async ({ skip }) => {
  needsInstalled('stunnel4', skip)
  const folder = scratchFolder(clean)
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const tls = await tlsBefore(Number(new URL(service.url).port), folder)
  const proxy = await freezingProxy(tls.port, clean)
  const url = `https://localhost:${proxy.port}`
  const children = [clientsOf(url, 'socket', tls.ca), clientsOf(url, 'events', tls.ca)]
  const states = () => Promise.all(children.map(stateOf))
  const all = (count: number) => [count, count]
  const until = (what: (word: ClientsWord) => number, count: number) =>
    expect.poll(async () => (await states()).map(what), { timeout: 150_000, interval: 1_000 }).toEqual(all(count))
  await until(({ live }) => live, clientsEach)
  let posted = 0
  for (; posted < burst; posted += 1) await publish(service.url, alert(posted, 'routine'))
  await until(({ least }) => least, burst)
  const postFlash = async () => {
    await publish(service.url, alert(posted, 'flash'))
    posted += 1
    await pause(pauseMs)
  }
  const learnt = 2 * clientsEach * freezesEach
  while (posted < learningMax && proxy.frozen() < learnt) await postFlash()
  const learning = posted
  await until(({ least }) => least, learning)
  const before = proxy.frozen()
  while (posted < alerts) await postFlash()
  await until(({ least }) => least, alerts)
  const words = await states()
  expect(words.map(({ most, wrong, resets }) => ({ most, wrong, resets }))).toEqual(
    children.map(() => ({ most: alerts, wrong: [], resets: 0 })),
  )
  const latest = (from: number, to: number) =>
    words.map(({ lateMs }) => {
      const times = Object.entries(lateMs).filter(([seq]) => Number(seq) > from && Number(seq) <= to)
      return `${Math.max(0, ...times.map(([, ms]) => ms))} ms`
    })
  const after = proxy.frozen() - before
  console.log(
    `frozen while learning: ${before}, after: ${after}. The latest flash over sockets and event streams (wanted: ${wantedMs} ms at most): ` +
      `${latest(burst, learning).join(' and ')} with the second freeze, ${latest(learning, alerts).join(' and ')} after it`,
  )
  expect({ before, after }).toEqual({ before: learnt, after: 0 })
})
