import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createConnection, Server as NetServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createFront } from '../../../../src/cli/cluster/front/front.ts'
import { NodePool, type NodeState } from '../../../../src/cli/cluster/front/node-pool.ts'
import { type FrontLimits, frontLimits } from '../../../../src/cli/cluster/front/node-request.ts'
import { cleaning } from '../../../support/scratch.ts'

// The front with real connections, and behind it servers that do what a node does at its worst moments.

const clean = cleaning()

/** A server in the place of a node: it is ready, and answers anything else as told. */
async function nodeServer(answer: RequestListener, port = 0): Promise<{ port: number; server: Server }> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === '/readyz') outgoing.end('{"status":"ready"}')
    else answer(incoming, outgoing)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, server }
}

async function frontOf(ports: readonly number[], limits: Partial<FrontLimits> = {}) {
  const states: NodeState[] = []
  const pool = new NodePool(
    ports.map((port, at) => ({ number: at + 1, port })),
    (state) => states.push(state),
  )
  await pool.open()
  clean(() => pool.close())
  const server = createFront(pool, { ...frontLimits, ...limits }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}`, states }
}

/** A port on which nobody listens. */
async function nobodysPort(): Promise<number> {
  const { port, server } = await nodeServer(() => {})
  server.close()
  await once(server, 'close')
  return port
}

/** Sends bytes as they are and gives all that comes back until the connection ends. */
async function raw(port: number, ...parts: readonly string[]): Promise<string> {
  const socket = opened(port)
  const got = text(socket)
  for (const part of parts) {
    socket.write(part)
    await sleep(20)
  }
  return got
}

function opened(port: number): Socket {
  const socket = createConnection(port, '127.0.0.1')
  clean(() => socket.destroy())
  return socket
}

const named = (name: string) => nodeServer((_, outgoing) => void outgoing.end(name))

describe('which node gets a request', () => {
  test('each in turn', async () => {
    const nodes = await Promise.all(['a', 'b', 'c'].map(named))
    const { url } = await frontOf(nodes.map(({ port }) => port))
    const names: string[] = []
    for (let nth = 0; nth < 6; nth += 1) names.push(await (await fetch(url)).text())
    expect([...names.slice(0, 3)].sort()).toEqual(['a', 'b', 'c'])
    expect(names.slice(3)).toEqual(names.slice(0, 3))
  })

  test('none that has ended, also before the front has noticed; a body arrives whole at the next', async () => {
    const echo = () => nodeServer(async (incoming, outgoing) => void outgoing.end(await text(incoming)))
    const [one, two] = [await echo(), await echo()]
    const { url, states } = await frontOf([one.port, two.port])
    one.server.closeAllConnections()
    one.server.close()
    const body = 'x'.repeat(300_000)
    for (let nth = 0; nth < 4; nth += 1) expect(await (await fetch(url, { method: 'POST', body })).text()).toBe(body)
    expect(states.at(-1)).toMatchObject({ number: 1, condition: 'away', why: 'it takes no connection' })
  })

  test('one that says that it is not ready gets none while another is ready, and all when it is the only one', async () => {
    let isReady = false
    const node = createServer((incoming, outgoing) => {
      if (incoming.url !== '/readyz') return void outgoing.end('not quite')
      outgoing.writeHead(isReady ? 200 : 503).end(JSON.stringify({ detail: 'Not ready: no database.' }))
    }).listen(0, '127.0.0.1')
    await once(node, 'listening')
    clean(() => node.close())
    const { port } = node.address() as AddressInfo
    const other = await named('ready')
    const { url, states } = await frontOf([port, other.port])
    expect(states.find(({ number }) => number === 1)).toMatchObject({ condition: 'answering', why: 'no database' })
    for (let nth = 0; nth < 3; nth += 1) expect(await (await fetch(url)).text()).toBe('ready')
    other.server.closeAllConnections()
    other.server.close()
    expect(await (await fetch(url)).text()).toBe('not quite')
    isReady = true
    await expect.poll(() => states.at(-1)).toMatchObject({ number: 1, condition: 'ready' })
  })

  test('a node that comes back gets requests again', async () => {
    const port = await nobodysPort()
    const { url } = await frontOf([port])
    expect((await fetch(url)).status).toBe(503)
    await nodeServer((_, outgoing) => void outgoing.end('back'), port)
    await expect.poll(async () => (await fetch(url)).text()).toBe('back')
  })
})

describe('without any node', () => {
  test('a request gets 503 with Retry-After and a problem that pages of any origin may read', async () => {
    const { url } = await frontOf([await nobodysPort()])
    const response = await fetch(`${url}/v1/alerts`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({
      status: 503,
      code: 'no-node',
      detail: expect.stringMatching(/Try again/),
    })
  })

  test('an EventSource gets a stream that tells it when to reconnect, because another status would end it for good', async () => {
    const { url } = await frontOf([await nobodysPort()])
    const response = await fetch(`${url}/v1/events`, { headers: { accept: 'text/event-stream' } })
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/event-stream/),
    ])
    expect(await response.text()).toMatch(/^retry: \d+\n[\s\S]*event: goodbye[\s\S]*no-node/)
  })

  test('a WebSocket gets 503 before the upgrade', async () => {
    const { port } = await frontOf([await nobodysPort()])
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`)
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '2'])
    expect(JSON.parse(await text(response))).toMatchObject({ code: 'no-node' })
  })
})

describe('what a node is told', () => {
  test('the client’s address, host and scheme are the front’s own words, whatever the client says', async () => {
    const node = await nodeServer((incoming, outgoing) => void outgoing.end(JSON.stringify(incoming.headersDistinct)))
    const { port } = await frontOf([node.port])
    const lies = [
      ['X-Forwarded-For', '203.0.113.9'],
      ['x-forwarded-for', '203.0.113.8'],
      ['X-Forwarded-Host', 'evil.example'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Real-IP', '203.0.113.7'],
      ['Forwarded', 'for=203.0.113.6'],
      ['Connection', 'close, X-Forwarded-For, Authorization, Host, X-Drop'],
      ['Authorization', 'Bearer k'],
      ['X-Drop', 'this'],
      ['Accept-Language', 'fa'],
    ]
    const lines = headerLines(lies)
    const answer = await raw(port, `GET / HTTP/1.1\r\nHost: alerts.example\r\n${lines}\r\n`)
    const headers = JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as Record<string, string[]>
    expect(headers).toMatchObject({
      'x-forwarded-for': ['127.0.0.1'],
      'x-forwarded-host': ['alerts.example'],
      'x-forwarded-proto': ['http'],
      host: ['alerts.example'],
      authorization: ['Bearer k'],
      'accept-language': ['fa'],
    })
    for (const name of ['x-real-ip', 'forwarded', 'x-drop']) expect(headers).not.toHaveProperty(name)
  })

  test.each(['GET', 'DELETE', 'POST'])('a body of %s in chunks is no request of its own', async (method) => {
    const seen: string[] = []
    const node = await nodeServer(async (incoming, outgoing) => {
      seen.push(`${incoming.method} ${incoming.url} ${await text(incoming)}`)
      outgoing.end()
    })
    const { port } = await frontOf([node.port])
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n'
    const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`
    await raw(
      port,
      `${method} /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    )
    await fetch(`http://127.0.0.1:${port}/next`)
    expect(seen).toEqual([`${method} /open ${hidden}`, 'GET /next '])
  })

  test('the status, headers and cookies of a response come through as they are', async () => {
    const node = await nodeServer((_, outgoing) => {
      outgoing.writeHead(
        409,
        'So it is',
        [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['ETag', 'W/"x"'],
        ].flat(),
      )
      outgoing.end('no')
    })
    const { port } = await frontOf([node.port])
    const answer = await raw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 409 So it is\r\n/)
    for (const line of ['Set-Cookie: a=1', 'Set-Cookie: b=2', 'ETag: W/"x"'])
      expect(answer).toContain(`\r\n${line}\r\n`)
  })
})

test('responses without a body come through as they are, and the connection goes on', async () => {
  const node = await nodeServer((incoming, outgoing) => {
    if (incoming.method === 'HEAD') outgoing.writeHead(200, { 'Content-Length': '5000' }).end()
    else outgoing.writeHead(Number(incoming.url?.slice(1))).end()
  })
  const { port } = await frontOf([node.port])
  const request = (line: string, more = '') => `${line} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
  const all = ['HEAD /', 'GET /204', 'GET /304'].map((line) => request(line)).join('')
  const answer = await raw(port, all + request('DELETE /200', 'Connection: close\r\n'))
  const heads = answer.split('\r\n\r\n')
  expect(heads.slice(0, 4).map((head) => head.slice(9, 12))).toEqual(['200', '204', '304', '200'])
  expect(heads[0]).toMatch(/\r\nContent-Length: 5000/)
})

function headerLines(headers: readonly (readonly string[])[]): string {
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

describe('a node that ends in the middle', () => {
  test.each(['a kept connection', 'a new connection'])(
    'of a GET, on %s: another node is asked; when there is none, 503 with Retry-After',
    async (which) => {
      let isDying = false
      const ends = (incoming: IncomingMessage, outgoing: ServerResponse) =>
        isDying ? void incoming.socket.destroy() : void outgoing.end('well')
      const [one, two] = [await nodeServer(ends), await nodeServer(ends)]
      const well = await named('another')
      const { url } = await frontOf([one.port, two.port, well.port])
      if (which === 'a kept connection') for (let nth = 0; nth < 3; nth += 1) await (await fetch(url)).text()
      isDying = true
      for (let nth = 0; nth < 3; nth += 1) expect(await (await fetch(url)).text()).toBe('another')
      well.server.closeAllConnections()
      well.server.close()
      const response = await fetch(url)
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
      expect(await response.json()).toMatchObject({ code: 'no-node' })
    },
  )

  test('of a WebSocket’s request: another node is asked', async () => {
    const dying = await nodeServer(() => {})
    dying.server.on('upgrade', (_, socket) => socket.destroy())
    const well = await nodeServer(() => {})
    new WebSocketServer({ server: well.server })
    const { port } = await frontOf([dying.port, well.port])
    for (let nth = 0; nth < 2; nth += 1) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
      clean(() => socket.terminate())
      await once(socket, 'open')
    }
  })

  test('and has left its kept connections open: a POST goes on a new one, and so to another node', async () => {
    let received = 0
    const answers: RequestListener = async (incoming, outgoing) => {
      received += (await text(incoming)).length
      outgoing.end('well')
    }
    const [one, two] = [await nodeServer(answers), await nodeServer(answers)]
    const { url } = await frontOf([one.port, two.port])
    for (let nth = 0; nth < 2; nth += 1) await (await fetch(url)).text()
    // It takes no connection any more, and ends the kept one as soon as something comes on it.
    one.server.removeAllListeners('request')
    one.server.on('request', (incoming) => incoming.socket.destroy())
    NetServer.prototype.close.call(one.server)
    for (let nth = 0; nth < 3; nth += 1) expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(200)
    expect(received).toBe(3)
  })

  test('of a POST that it has received: 503, because nobody knows whether it was done; it is not sent twice', async () => {
    let received = 0
    const dying = () =>
      nodeServer(async (incoming, outgoing) => {
        if (incoming.method === 'GET') return void outgoing.end('well')
        await text(incoming)
        received += 1
        incoming.socket.destroy()
      })
    const { url } = await frontOf([(await dying()).port, (await dying()).port])
    // So that there is a kept connection to each.
    for (let nth = 0; nth < 2; nth += 1) await (await fetch(url)).text()
    const response = await fetch(url, { method: 'POST', body: 'x' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'node-lost', detail: expect.stringMatching(/Idempotency-Key/) })
    expect(received).toBe(1)
  })

  test('of a response: the client sees it broken off, not as if it were whole', async () => {
    const node = await nodeServer((_, outgoing) => {
      outgoing.write('the first half')
      setTimeout(() => outgoing.destroy(), 50)
    })
    const { url } = await frontOf([node.port])
    const response = await fetch(url)
    await expect(response.text()).rejects.toThrow()
  })

  test('of a WebSocket: the client’s connection ends', async () => {
    const { port, server } = await nodeServer(() => {})
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => setTimeout(() => socket.terminate(), 50))
    const front = await frontOf([port])
    const socket = new WebSocket(`ws://127.0.0.1:${front.port}/`)
    const [code] = await once(socket, 'close')
    expect(code).toBe(1006)
  })
})

describe('a node that hangs', () => {
  test('does not keep a client for ever', async () => {
    const node = await nodeServer(() => {})
    const { url } = await frontOf([node.port], { answerMs: 200 })
    const response = await fetch(url, { method: 'POST', body: 'x' })
    expect([response.status, (await response.json()) as unknown]).toEqual([
      504,
      expect.objectContaining({ code: 'node-silent' }),
    ])
  })

  test('in a stream: it is cut after a limit of silence', async () => {
    const node = await nodeServer((_, outgoing) => void outgoing.write('id: 1\n\n'))
    const { url } = await frontOf([node.port], { silentMs: 300 })
    const response = await fetch(url)
    await expect(response.text()).rejects.toThrow()
  })

  test('in a WebSocket: the same', async () => {
    const { port, server } = await nodeServer(() => {})
    new WebSocketServer({ server })
    const front = await frontOf([port], { silentMs: 300 })
    const socket = new WebSocket(`ws://127.0.0.1:${front.port}/`)
    const [code] = await once(socket, 'close')
    expect(code).toBe(1006)
  })
})

describe('streams', () => {
  test('an event arrives while its stream is still open, and the node learns that the reader has left', async () => {
    let left = false
    const node = await nodeServer((_, outgoing) => {
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' })
      outgoing.write('id: 1\n\n')
      outgoing.on('close', () => {
        left = true
      })
    })
    const { port } = await frontOf([node.port])
    const socket = opened(port)
    socket.write('GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n')
    let got = ''
    socket.on('data', (bytes) => {
      got += String(bytes)
    })
    await expect.poll(() => got).toContain('id: 1\n\n')
    expect(left).toBe(false)
    socket.destroy()
    await expect.poll(() => left).toBe(true)
  })

  test('WebSocket messages pass in both directions, also those sent at once behind the request', async () => {
    const { port, server } = await nodeServer(() => {})
    const paths: (string | undefined)[] = []
    new WebSocketServer({ server }).on('connection', (socket, { url, headers }) => {
      paths.push(url, String(headers['x-forwarded-for']))
      socket.on('message', (message) => socket.send(`heard ${message}`))
    })
    const front = await frontOf([port])
    const socket = opened(front.port)
    // A masked text frame (RFC 6455 §5.7), in one packet with the request.
    const frame = Buffer.from([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
    const request =
      'GET /v1/socket?x=1 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    socket.write(Buffer.concat([Buffer.from(request), frame]))
    let got = ''
    socket.on('data', (bytes) => {
      got += String(bytes)
    })
    await expect.poll(() => got).toContain('heard Hello')
    expect(got).toMatch(/^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i)
    expect(paths).toEqual(['/v1/socket?x=1', '127.0.0.1'])
  })

  test('a node’s refusal of a WebSocket comes through, and what follows on that connection goes nowhere', async () => {
    const seen: (string | undefined)[] = []
    const node = await nodeServer((incoming, outgoing) => {
      seen.push(incoming.url)
      outgoing.writeHead(400, { 'Content-Type': 'application/problem+json' }).end('{"code":"unknown-language"}')
    })
    const { port } = await frontOf([node.port])
    const upgrade =
      'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    const answer = await raw(
      port,
      `GET /v1/socket HTTP/1.1\r\n${upgrade}`,
      'GET /second HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*unknown-language/)
    expect(seen).toEqual(['/v1/socket'])
  })

  test('another upgrade than to a WebSocket is a request like any other', async () => {
    const node = await nodeServer((incoming, outgoing) => void outgoing.end(String(incoming.headers.upgrade)))
    const { port } = await frontOf([node.port])
    const answer = await raw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*undefined$/m)
  })
})

describe('hostile and half requests', () => {
  const host = 'Host: x\r\n'
  test.each([
    ['no HTTP', 'HELO you\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400 /],
    ['two lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc`, /^HTTP\/1\.1 400 /],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ['headers without end', `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(20_000)}`, /^HTTP\/1\.1 431 /],
    ['half of the headers', 'GET / HTTP/1.1\r\nHost: x\r\n', /^HTTP\/1\.1 408 /],
    ['half of a body', `POST / HTTP/1.1\r\n${host}Content-Length: 100\r\n\r\nabc`, /^HTTP\/1\.1 408 |^$/],
    ['a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n', /^$/],
  ])(
    '%s: the connection ends, no node gets a whole request, and the next client is served',
    async (_, bytes, answer) => {
      const whole: (string | undefined)[] = []
      const node = await nodeServer(async (incoming, outgoing) => {
        await text(incoming).then(
          () => whole.push(incoming.url),
          () => {},
        )
        outgoing.end('served')
      })
      const { port } = await frontOf([node.port], { headersMs: 300, requestMs: 600 })
      expect(await raw(port, bytes)).toMatch(answer)
      expect(whole).toEqual([])
      expect(await (await fetch(`http://127.0.0.1:${port}/next`)).text()).toBe('served')
    },
  )

  test('a client that leaves in the middle of its body ends the request at the node', async () => {
    let ended = ''
    const node = await nodeServer((incoming) => {
      incoming.resume()
      incoming.on('aborted', () => {
        ended = 'aborted'
      })
    })
    const { port } = await frontOf([node.port])
    const socket = opened(port)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc')
    await sleep(100)
    socket.destroy()
    await expect.poll(() => ended).toBe('aborted')
  })
})
