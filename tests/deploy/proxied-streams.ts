import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Entry, type Listening, listen } from '../../src/client/listen.ts'
import { readers, startReader } from '../interop/debian/debian-readers.ts'
import { isInstalled } from '../interop/installed.ts'
import { english, publish, revise } from '../support/processes/service.ts'
import { idleSeconds, kinds } from './shipped-proxy.ts'
import type { Proxied } from './shipped-proxy-suite.ts'

const transports = ['socket', 'events'] as const
/** Long enough for any machine; a proxy that holds events back until some kilobytes are full holds them for longer. */
const momentsMs = 20_000

/** Live streams through a proxy. */
export function streamTests({
  name,
  proxy,
  nodes,
  kill,
  restart,
  connectionsPerAddress,
  heartbeatSeconds,
}: Proxied): void {
  const clients: Listening[] = []
  afterEach(() => {
    for (const it of clients.splice(0)) it.close()
  })

  /** The client that apps use, once by a WebSocket and once by an event stream. */
  function startClients(url: string) {
    return transports.map((transport) => {
      const entries: Entry[] = []
      const states: string[] = []
      const onReset = ({ reason }: { reason: string }) => expect.fail(`reset: ${reason}`)
      const onEntry = (entry: Entry) => void entries.push(entry)
      const onState = (state: string) => void states.push(state)
      clients.push(listen({ url, languages: ['en'], transport, onEntry, onReset, onState }))
      return { seqs: () => entries.map(({ seq }) => seq), states }
    })
  }

  test('an alert and its correction reach sockets and event streams at once', async ({ skip }) => {
    const { url } = proxy(skip)
    const own = startClients(url)
    const programs = readers.filter(({ needs }) => isInstalled(needs))
    const others = await Promise.all(programs.map((it) => startReader(it.listen, url)))
    await expect.poll(() => own.map(({ states }) => states.at(-1))).toEqual(['live', 'live'])
    const all = [
      ...own.map(({ seqs }) => seqs),
      ...others.map(
        ({ seqs }) =>
          () =>
            seqs,
      ),
    ]
    const { alert, seq } = await publish(url, english('Five'))
    await expect.poll(() => all.map((seqs) => seqs()), { timeout: momentsMs }).toEqual(all.map(() => [seq]))
    await revise(url, alert.id, 'correction', { ...english('Four'), note: { en: 'Not five.' } })
    await expect.poll(() => all.map((seqs) => seqs()), { timeout: momentsMs }).toEqual(all.map(() => [seq, seq + 1]))
    for (const it of others) it.end()
  })

  test('idle streams outlive the time-out of the proxy, by their heartbeats', async ({ skip }) => {
    const { url, port } = proxy(skip)
    const socket = new WebSocket(`wss://localhost:${port}/v1/socket?languages=en&after=now`)
    const frames = { socket: '', events: '' }
    let closed = ''
    socket.on('message', (frame) => {
      frames.socket += frame
    })
    socket.on('close', (code) => {
      closed += `socket ${code}`
    })
    const events = await fetch(`${url}/v1/events?languages=en&after=now`)
    const reading = readAll(events, (text) => {
      frames.events += text
    })
    void reading.ended.finally(() => {
      closed += 'events'
    })
    const heartbeats = (text: string) => text.split('"type":"head"').length - 1
    const wanted = Math.ceil(idleSeconds / heartbeatSeconds) + 1
    await expect.poll(() => heartbeats(frames.socket)).toBeGreaterThanOrEqual(wanted)
    await expect.poll(() => heartbeats(frames.events)).toBeGreaterThanOrEqual(wanted)
    expect(closed).toBe('')
    await publish(url, english('After silence'))
    for (const transport of transports) await expect.poll(() => frames[transport]).toContain('After silence')
    socket.terminate()
    reading.stop()
  })

  test('what is published while the proxy reloads, and while the service is killed, is received once', async ({
    skip,
  }) => {
    const { url, reload } = proxy(skip)
    const heard = startClients(url)
    const timesLive = () => heard.map(({ states }) => states.filter((it) => it === 'live').length)
    await expect.poll(timesLive).toEqual([1, 1])
    const seqs: number[] = []
    const allHeard = () => expect.poll(() => heard.map((it) => it.seqs())).toEqual([seqs, seqs])
    seqs.push((await publish(url, english('Before the reload'))).seq)
    await reload()
    seqs.push((await publish(url, english('During the reload'))).seq)
    await allHeard()
    // What the old configuration still serves is cut in the end.
    const cut = transports.map((transport) => (kinds[name].cutByReload.includes(transport) ? 2 : 1))
    await expect.poll(timesLive).toEqual(cut)
    await kill()
    await restart()
    seqs.push((await publish(nodes()[0].url, english('Before anyone is back'))).seq)
    await allHeard()
    await expect.poll(timesLive).toEqual(cut.map((times) => times + 1))
    seqs.push((await publish(url, english('After'))).seq)
    await allHeard()
  })

  test('readers are counted by the address that the proxy saw, as long as they are there', async ({ skip }) => {
    const { port } = proxy(skip)
    const open: WebSocket[] = []
    /** Connects from an address of this machine, saying another; gives the status of a refusal, else 101. */
    const connect = async (localAddress: string, said: string) => {
      const headers = { 'x-forwarded-for': said, forwarded: `for=${said}`, 'x-real-ip': said }
      const socket = new WebSocket(`wss://localhost:${port}/v1/socket`, { localAddress, family: 4, headers })
      open.push(socket)
      socket.on('error', () => {})
      const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) => statusCode as number)
      return Promise.race([refused, once(socket, 'open').then(() => 101)])
    }
    // After a restart a proxy's checks let some seconds pass before a node is taken up again; one that hashes never tries all.
    for (let tries = 0; tries < 20; tries += 1) {
      for (const at of nodes().keys()) await connect('127.0.0.9', `203.0.113.${at}`)
      const readers = await Promise.all(nodes().map(liveReaders))
      for (const it of open.splice(0)) it.terminate()
      if (readers.every((count) => count > 0)) break
      await sleep(500)
    }
    const answers: number[] = []
    for (let at = 0; at <= connectionsPerAddress; at += 1) answers.push(await connect('127.0.0.7', `203.0.113.${at}`))
    expect(answers).toEqual([...Array(connectionsPerAddress).fill(101), 429])
    expect(await connect('127.0.0.8', '203.0.113.0')).toBe(101)
    for (const it of open) it.terminate()
    await expect.poll(() => connect('127.0.0.7', '203.0.113.0')).toBe(101)
    for (const it of open) it.terminate()
  })

  test('an event stream whose reader has left is left by the proxy too', async ({ skip }) => {
    const { url } = proxy(skip)
    const live = async () => (await Promise.all(nodes().map(liveReaders))).reduce((sum, count) => sum + count, 0)
    await expect.poll(live).toBe(0)
    const leaving = new AbortController()
    const ask = () => fetch(`${url}/v1/events?languages=fa&after=now`, { signal: leaving.signal })
    // As many as one node alone takes: begun at once they are not divided evenly, whatever the proxy does.
    const count = connectionsPerAddress / nodes().length
    const answers = await Promise.all(Array.from({ length: count }, ask))
    expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(200))
    await expect.poll(live).toBe(count)
    leaving.abort()
    await expect.poll(live).toBe(0)
  })
}

/** How many live streams a node has. */
export async function liveReaders({ url }: { readonly url: string }): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^tocsin_subscribers\{state="live"\} (\d+)$/m.exec(metrics)?.[1])
}

/** Reads an endless answer until it ends or `stop` is called. */
function readAll(answer: Response, take: (text: string) => void) {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const ended = (async () => {
    for (;;) {
      const read = await reader?.read()
      if (read === undefined || read.done) return
      take(read.value)
    }
  })()
  return { ended, stop: () => void reader?.cancel() }
}
