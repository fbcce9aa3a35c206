import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { brotliCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { askMirror } from '../../../src/client/mirrors/ask-mirror.ts'
import { platform } from '../../../src/client/platform.ts'
import { bundleReadBytesMax } from '../../../src/signing/bundle-format.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const never = new AbortController().signal

async function mirror(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/tocsin/bundles/en.json`
}

const text = async (url: string, msMax = 60_000, ended = never) => {
  const bytes = await askMirror(platform, url, { msMax }, ended)
  return bytes === null ? null : new TextDecoder().decode(bytes)
}

test('it is asked for one path, with nothing that identifies who asks', async () => {
  const asked: IncomingMessage[] = []
  const url = await mirror((request, response) => {
    asked.push(request)
    response.setHeader('set-cookie', 'reader=7; Max-Age=9999').setHeader('content-type', 'text/plain').end('the file')
  })
  for (let times = 0; times < 2; times += 1) expect(await text(url)).toBe('the file')
  for (const { method, url: path, headers } of asked) {
    expect([method, path]).toEqual(['GET', '/tocsin/bundles/en.json'])
    // What Node's fetch itself says of every request.
    const usual = ['host', 'connection', 'accept', 'accept-language', 'sec-fetch-mode', 'user-agent', 'accept-encoding']
    const own = Object.keys(headers).filter((name) => !usual.includes(name))
    // Of every request that no cache answers (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch).
    expect(own.filter((name) => !['cache-control', 'pragma'].includes(name))).toEqual([])
    expect(headers['user-agent']).toBe('node')
  }
  expect(asked.length).toBe(2)
})

test('no cache keeps what a mirror gave: its ETag would tell one reader from another', async () => {
  const requests: RequestInit[] = []
  const fetch = (_: string, request: RequestInit) => {
    requests.push(request)
    return Promise.reject(new Error('away'))
  }
  expect(await askMirror({ ...platform, fetch }, 'https://mirror.example/bundles/en.json', {}, never)).toBe(null)
  expect(requests).toMatchObject([{ cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' }])
})

test.each<[string, RequestListener]>([
  ['not found', (_, response) => void response.writeHead(404).end('no')],
  ['a part', (_, response) => void response.writeHead(206).end('part')],
  ['an answer that breaks off', (_, response) => void response.writeHead(200, { 'content-length': '9' }).end('cut')],
  ['more than a bundle has', (_, response) => void response.end(Buffer.alloc(bundleReadBytesMax + 1))],
  [
    'a file that unpacks to more',
    (_, response) =>
      void response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(Buffer.alloc(50_000_000))),
  ],
])('%s is no file', async (_, answer) => {
  expect(await text(await mirror(answer))).toBe(null)
})

test('a redirect is not followed, wherever it leads', async () => {
  let asked = 0
  const inner = await mirror((_, response) => {
    asked += 1
    response.end('from the own network')
  })
  for (const status of [301, 302, 303, 307, 308])
    expect(await text(await mirror((_, response) => void response.writeHead(status, { location: inner }).end()))).toBe(
      null,
    )
  expect(asked).toBe(0)
})

test('a slow drip is given up after the time in all, and an endless file when it is too long; both connections are closed', async () => {
  let closed = 0
  const drip = await mirror((_, response) => {
    const timer = setInterval(() => response.write('x'), 5)
    response.on('close', () => {
      clearInterval(timer)
      closed += 1
    })
  })
  const endless = await mirror((_, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(16_384)));
    }
    response.on('drain', more)
    response.on('close', () => {
      closed += 1
    })
    more()
  })
  expect(await text(drip, 300)).toBe(null)
  expect(await text(endless)).toBe(null)
  await expect.poll(() => closed).toBe(2)
})

test('a mirror that takes the connection and says nothing is given up, and at once when nobody waits any more', async () => {
  const server = createTcpServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => server.close())
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  expect(await text(url, 100)).toBe(null)
  const ended = new AbortController()
  const asking = text(url, 600_000, ended.signal)
  ended.abort()
  expect(await asking).toBe(null)
  expect(await text(url, 600_000, ended.signal)).toBe(null)
  expect(await text('http://127.0.0.1:1/')).toBe(null)
})
