import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { childrenOf } from '../support/family.ts'
import { type Peer, peerAt, requestText } from '../support/peers.ts'
import { listenRaw } from '../support/raw-listener.ts'
import { ask, english, publish, type Running, startNode } from '../support/service.ts'

const main = fileURLToPath(new URL('../../src/node/main.ts', import.meta.url))
const host = 'Host: x'
const get = (target: string, ...lines: string[]) => requestText(target, [host, ...lines])
const json = 'Content-Type: application/json'
const handshake = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
const mask = (opcode: number, text = '') =>
  Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])

/** What each kind of peer says once it is connected; then it stays, half open, and most of them never read. */
const kinds: Readonly<Record<string, { readonly text: string | Buffer; readonly reads?: boolean }>> = {
  silent: { text: '' },
  'half a header': { text: 'GET / HTTP/1.1\r\nHost:' },
  'after 404': { text: get('/nothing', 'Connection: close') },
  'after 400': { text: 'HELLO\r\n\r\n' },
  'after 431': { text: get('/', `X: ${'y'.repeat(20_000)}`) },
  'after a refused upgrade': { text: get('/v1/socket', ...handshake, 'Sec-WebSocket-Key: short') },
  'after an upgrade elsewhere': { text: get('/nothing', ...handshake, key) },
  'after its bad message': { text: Buffer.concat([Buffer.from(get('/v1/socket', ...handshake, key)), mask(1, 'x')]) },
  'after its own close': { text: Buffer.concat([Buffer.from(get('/v1/socket', ...handshake, key)), mask(8)]) },
  'a body not sent': {
    text: requestText('/v1/subscriptions', [host, json, 'Content-Length: 900'], { method: 'POST' }),
  },
  'a chunk not sent': {
    text: requestText('/v1/subscriptions', [host, json, 'Transfer-Encoding: chunked'], {
      method: 'POST',
      body: '9\r\n{',
    }),
  },
  'pages ahead, not read': { text: get('/v1/alerts?limit=500').repeat(300), reads: false },
  'streams ahead': { text: get('/v1/events').repeat(50), reads: false },
}

/** Those that serve: the service itself, and whom it has started. */
function processesOf(service: Running): readonly (number | undefined)[] {
  return [service.child.pid, ...childrenOf(service)]
}

/** Descriptors and resident bytes of a process. */
function costOf(pid: number | undefined): { files: number; bytes: number } {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return { files: readdirSync(`/proc/${pid}/fd`).length, bytes: pages * 4_096 }
}

/** Readers hear every alert while so many peers of each kind are there; when those go, all comes back; and it ends. */
export async function bearsPeers(dataDir: string, { each, readers }: { each: number; readers: number }): Promise<void> {
  const service = await startNode(dataDir, { PUSH_THREADS: '1', DRAIN_SECONDS: '1' }, main)
  const peers: Peer[] = []
  const said: Record<string, number[]> = {}
  try {
    const summary = 'What is known so far. '.repeat(40)
    for (let nth = 0; nth < 50; nth += 1)
      await publish(service.url, { texts: { en: { headline: `Before ${nth}`, summary: summary.slice(0, 900) } } })
    const listening = await Promise.all(Array.from({ length: readers }, () => listenRaw(service.url, '?languages=en')))
    const before = costOf(service.child.pid)
    let count = 50
    const tell = async () => {
      const began = performance.now()
      await publish(service.url, english(`Alert ${count}`))
      count += 1
      await expect
        .poll(() => listening.filter((it) => it.seqs().at(-1) === count).length, { interval: 10, timeout: 20_000 })
        .toBe(readers)
      return performance.now() - began
    }
    said.quiet = [await tell(), await tell(), await tell()]
    for (const [kind, { text, reads = true }] of Object.entries(kinds)) {
      for (let nth = 0; nth < each; nth += 50)
        peers.push(
          ...(await Promise.all(
            Array.from({ length: Math.min(50, each - nth) }, () => peerAt(service.url, text, { reads })),
          )),
        )
      said[kind] = [await tell()]
      expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
    }
    for (const { socket } of peers) socket.destroy()
    await expect.poll(() => costOf(service.child.pid).files, { timeout: 10_000 }).toBeLessThan(before.files + 20)
    await sleep(500)
    expect(costOf(service.child.pid).bytes - before.bytes).toBeLessThan(400 * 1_024 * 1_024)
    for (const { seqs } of listening) expect(seqs()).toEqual(Array.from({ length: count - 50 }, (_, at) => at + 51))
    expect((await ask(service.url, 'GET', '/readyz')).status).toBe(200)
    // Some are there again when it stops: half open, and never reading.
    for (const { text } of Object.values(kinds)) peers.push(await peerAt(service.url, text, { reads: false }))
    const began = performance.now()
    expect(await service.end('SIGTERM')).toBe(0)
    expect(performance.now() - began).toBeLessThan(30_000)
    expect(service.trouble()).not.toMatch(/"level":50/)
  } finally {
    for (const { socket } of peers) socket.destroy()
    await service.end('SIGKILL')
  }
  if (process.env.PEERS_TELL === '1') console.log(JSON.stringify(said))
}

/** With few files and far more such peers than files, others still get in. */
export async function bearsFewFiles(dataDir: string, env: Readonly<Record<string, string>>): Promise<void> {
  const service = await startNode(dataDir, env, main, '400')
  const peers: Peer[] = []
  try {
    const texts = Object.values(kinds).slice(0, 11)
    for (let nth = 0; nth < 900; nth += 50) {
      const come = (_: unknown, at: number) => peerAt(service.url, texts[(nth + at) % texts.length]?.text ?? '')
      peers.push(...(await Promise.all(Array.from({ length: 50 }, come))))
      const honest = await peerAt(service.url, get('/healthz', 'Connection: close'))
      await expect.poll(honest.said, { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 200 /)
      honest.socket.destroy()
      for (const pid of processesOf(service)) expect(costOf(pid).files).toBeLessThan(400)
    }
    const listener = await listenRaw(service.url, '?languages=en')
    await publish(service.url, english('Heard all the same'))
    await expect.poll(() => listener.seqs()).toEqual([1])
    listener.socket.terminate()
    expect(await service.end('SIGTERM')).toBe(0)
  } finally {
    for (const { socket } of peers) socket.destroy()
    await service.end('SIGKILL')
  }
}
