import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { askMirror } from '../../../src/client/mirrors/ask-mirror.ts'
import { platform } from '../../../src/client/platform.ts'
import { asksForPart, partOf } from '../../../src/http/bundle/byte-range.ts'
import { bundleReadBytesMax } from '../../../src/signing/bundle-format.ts'
import { startStaticNginx } from '../../interop/proxies/static-nginx.ts'
import { freezingProxy } from '../../support/networks/freezing-proxy.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { fastWorld } from '../../support/signing/mirror-servers.ts'

const clean = cleaning()
const never = new AbortController().signal
/** Two seconds of silence are an eighth of one. */
const world = { fetch: platform.fetch, later: fastWorld(16).later }

/** No part of it occurs twice, and it does not become small by compression. */
function fileOf(bytes: number, name = 'file'): string {
  let text = ''
  for (let nth = 0; text.length < bytes; nth += 1)
    text += `${name} ${nth} ${Math.imul(nth, 2_654_435_761).toString(36)} `
  return text.slice(0, bytes)
}

async function serve(answer: RequestListener) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, port: (server.address() as AddressInfo).port }
}

/** Answers with a file, or the part of it that is asked for. */
function give(request: IncomingMessage, response: ServerResponse, file: string, more: Record<string, string> = {}) {
  const asked = { method: request.method, range: request.headers.range }
  const whole = { status: 200, headers: more, body: Buffer.from(file) }
  const { status, headers, body } = asksForPart(asked) ? partOf(whole, asked) : whole
  response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
}

const read = async (port: number, msMax = 600_000) => {
  const bytes = await askMirror(world, `http://127.0.0.1:${port}/en.json`, { msMax }, never)
  return bytes === null ? null : new TextDecoder().decode(bytes)
}
const frozen = async (port: number) => (await freezingProxy(port, clean)).port
/** In the place of a long text. */
const ends = (text: string | null) =>
  text && [text.length, text.slice(0, 12), text.slice(-12), createHash('sha256').update(text).digest('hex')]

test.each([10_000, 15_000, 32_768, bundleReadBytesMax])(
  'a file of %i bytes comes whole where each connection stops after 15,000',
  async (size) => {
    const file = fileOf(size)
    const { asked, port } = await serve((request, response) => give(request, response, file))
    expect(ends(await read(await frozen(port)))).toEqual(ends(file))
    // One more where this machine was so busy that a connection seemed to be silent.
    expect(asked.length).toBeLessThanOrEqual(Math.ceil(size / 14_000) + 2)
    for (const { headers } of asked.slice(1)) {
      expect(headers.range).toMatch(/^bytes=\d+-$/)
      expect(headers['accept-encoding']).toBe('identity')
      for (const name of ['cookie', 'referer', 'if-range', 'if-none-match', 'origin'])
        expect(headers[name]).toBe(undefined)
      expect(headers['accept-language']).toBe('*')
    }
  },
)

test('a file of a web server that compresses what it gives whole goes on with the file as it is', async () => {
  const file = fileOf(60_000)
  expect(gzipSync(file).length).toBeGreaterThan(17_000)
  const { asked, port } = await serve((request, response) => {
    if (request.headers.range !== undefined) return give(request, response, file)
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(file))
  })
  expect(ends(await read(await frozen(port)))).toEqual(ends(file))
  expect(asked[1]?.headers.range).toMatch(/^bytes=[1-9]\d*-$/)
})

test.each([false, true])('nginx gives it so, too (compression: %s)', async (gzip) => {
  const file = fileOf(60_000)
  const port = await startStaticNginx(scratchFolder(clean), { 'en.json': file }, gzip, clean)
  if (port === null) return
  expect(ends(await read(await frozen(port)))).toEqual(ends(file))
})

test('connections that break off are gone on with, and none that fails at once is made again', async () => {
  const file = fileOf(50_000)
  let isAway = false
  const { asked, port } = await serve((request, response) => {
    if (isAway) return void request.socket.destroy()
    const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
    const headers = {
      'content-range': `bytes ${from}-${file.length - 1}/${file.length}`,
      'content-length': file.length - from,
    }
    response.writeHead(from === 0 ? 200 : 206, headers)
    const cut = () => (file.length - from <= 9_000 ? response.end() : request.socket.destroy())
    response.write(file.slice(from, from + 9_000), () => setTimeout(cut, 20))
  })
  expect(ends(await read(port))).toEqual(ends(file))
  isAway = true
  asked.splice(0)
  expect(await read(port)).toBe(null)
  // Node itself asks once more where a connection that is kept was closed meanwhile.
  expect(asked.length).toBeLessThanOrEqual(2)
})

test('a server that gives no parts is asked once more', async () => {
  const file = fileOf(32_768)
  const { asked, port } = await serve((_, response) => void response.end(file))
  expect(await read(await frozen(port))).toBe(null)
  expect(asked.length).toBeGreaterThanOrEqual(3)
  // One more where this machine was so busy that a connection seemed to be silent.
  expect(asked.length).toBeLessThanOrEqual(6)
  let times = 0
  const once = await serve((_, response) => {
    times += 1
    if (times > 1) return void response.end(file)
    response.writeHead(200, { 'content-length': file.length }).write(file.slice(0, 9_000))
  })
  expect(ends(await read(once.port))).toEqual(ends(file))
  expect(once.asked.length).toBe(2)
})

test.each<[string, (nth: number) => [string, Record<string, string>]]>([
  ['another length', (nth) => [fileOf(nth === 0 ? 32_768 : 40_000, nth === 0 ? 'old' : 'new'), {}]],
  ['a shorter one than what has come', (nth) => [fileOf(nth === 0 ? 32_768 : 9_000, nth === 0 ? 'old' : 'new'), {}]],
  [
    'another time, and the same length',
    (nth) => [
      fileOf(32_768, nth === 0 ? 'old' : 'new'),
      { 'last-modified': `Sat, 28 Nov 2026 12:0${Math.min(nth, 1)}:00 GMT` },
    ],
  ],
])('a file that is changed between two connections (%s) is read anew', async (_, version) => {
  let nth = 0
  const { port } = await serve((request, response) => {
    const [file, headers] = version(nth)
    nth += 1
    give(request, response, file, headers)
  })
  expect(ends(await read(await frozen(port)))).toEqual(ends(version(1)[0]))
})

test('the total is compared between parts, and a file that changes all the time is given up', async () => {
  let nth = 0
  const { asked, port } = await serve((request, response) => {
    nth += 1
    give(request, response, fileOf(60_000 + nth, `version ${nth}`))
  })
  expect(await read(await frozen(port))).toBe(null)
  expect(asked.length).toBeLessThanOrEqual(7)
})

const partly =
  (range: string | undefined, body: string | Buffer): RequestListener =>
  (request, response) => {
    if (request.headers.range === undefined)
      return void response.writeHead(200, { 'content-length': 32_768 }).write(fileOf(9_000))
    response.writeHead(206, range === undefined ? {} : { 'content-range': range }).end(body)
  }
const rest = fileOf(32_768).slice(9_000)
test.each<[string, RequestListener]>([
  ['that begins before', partly('bytes 0-32767/32768', fileOf(32_768))],
  ['that begins later', partly('bytes 9001-32767/32768', rest.slice(1))],
  ['past the end', partly('bytes 9000-32768/32768', rest)],
  ['of no known length that is longer than the file', partly('bytes 9000-32768/*', rest)],
  ['of no known length that is shorter than it says', partly('bytes 9000-32767/*', rest.slice(1))],
  ['of no known length that begins before', partly('bytes 0-32767/*', fileOf(32_768))],
  ['that is malformed', partly('bytes 9000-32767/32768, bytes 0-1/2', rest)],
  ['that is negative', partly('bytes -9000-32767/32768', rest)],
  ['in another unit', partly('lines 9000-32767/32768', rest)],
  ['that is missing', partly(undefined, rest)],
  ['with more than it says', partly('bytes 9000-32767/32768', `${rest}x`)],
  ['with much more than it says', partly('bytes 9000-32767/32768', Buffer.alloc(bundleReadBytesMax, 'x'))],
])('a part %s is not joined to what has come, and the mirror given up after some connections', async (_, answer) => {
  const { asked, port } = await serve(answer)
  expect(await read(port)).toBe(null)
  expect(asked.length).toBeLessThanOrEqual(12)
})

test('parts of one byte, and one drop after another, are read for as long as a mirror may take, over twelve connections at most', async () => {
  const bytewise = await serve((request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
    response
      .writeHead(from === 0 ? 200 : 206, { 'content-range': `bytes ${from}-${from}/100000`, 'content-length': 9 })
      .write('x', () => setTimeout(() => request.socket.destroy(), 10))
  })
  expect(await read(bytewise.port)).toBe(null)
  expect(bytewise.asked.length).toBeLessThanOrEqual(12)
  let closed = 0
  const drip = await serve((request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
    response.writeHead(from === 0 ? 200 : 206, { 'content-range': `bytes ${from}-99999/100000` })
    const timer = setInterval(() => response.write('x'), 5)
    response.on('close', () => {
      clearInterval(timer)
      closed += 1
    })
  })
  expect(await read(drip.port, 8_000)).toBe(null)
  await expect.poll(() => closed).toBe(drip.asked.length)
})

const isSilentAtEnd = (request: IncomingMessage, response: ServerResponse, file: string) => {
  if (request.headers.range !== undefined) return false
  // In chunks, and the last one, which is empty, does not come.
  response.writeHead(200).write(file)
  return true
}

test.each<[string, string | undefined, boolean]>([
  ['of what has come', 'bytes */20000', true],
  ['of a longer file', 'bytes */20001', false],
  ['of a shorter file', 'bytes */19999', false],
  ['in another unit', 'lines */20000', false],
  ['of a part', 'bytes 0-19999/20000', false],
  ['of an unknown one', 'bytes */*', false],
  ['that is missing where nothing hides it', undefined, false],
])('a connection that stops once all has come, and a 416 with a length %s', async (_, range, isWhole) => {
  const file = fileOf(20_000)
  const { asked, port } = await serve((request, response) => {
    if (isSilentAtEnd(request, response, file)) return
    response.writeHead(416, range === undefined ? {} : { 'content-range': range }).end()
  })
  expect(ends(await read(port))).toEqual(isWhole ? ends(file) : null)
  expect(asked[1]?.headers.range).toBe('bytes=20000-')
})

test('a browser that hides the length of a 416 gives what has come', async () => {
  const file = fileOf(20_000)
  const { port } = await serve((request, response) => {
    if (!isSilentAtEnd(request, response, file)) response.writeHead(416).end()
  })
  const hiding = async (...[address, init]: Parameters<typeof world.fetch>) => {
    const answer = await world.fetch(address, init)
    Object.defineProperty(answer, 'type', { value: 'cors' })
    return answer
  }
  const bytes = await askMirror(
    { ...world, fetch: hiding },
    `http://127.0.0.1:${port}/en.json`,
    { msMax: 600_000 },
    never,
  )
  expect(ends(bytes && new TextDecoder().decode(bytes))).toEqual(ends(file))
})

test.each([403, 404, 429, 503, 302])(
  'a server that answers %i in the middle is asked for the rest again, four times at most',
  async (status) => {
    const file = fileOf(32_768)
    const serving = async (refusals: number) => {
      let nth = 0
      return serve((request, response) => {
        nth += 1
        if (nth === 1) return void response.writeHead(200, { 'content-length': 32_768 }).write(file.slice(0, 9_000))
        if (nth <= refusals + 1) return void response.writeHead(status, { location: '/' }).end('Not now')
        give(request, response, file)
      })
    }
    for (const refusals of [1, 3]) {
      const { asked, port } = await serving(refusals)
      expect(ends(await read(port))).toEqual(ends(file))
      const [, ...more] = asked.map(({ headers }) => headers.range)
      expect([refusals, new Set(more)]).toEqual([refusals, new Set(['bytes=9000-'])])
    }
    const { asked, port } = await serving(100)
    expect(await read(port)).toBe(null)
    expect(asked.length).toBe(5)
    // One that refuses at once is left alone.
    const none = await serve((_, response) => void response.writeHead(status, { location: '/' }).end())
    expect(await read(none.port)).toBe(null)
    expect(none.asked.length).toBe(1)
  },
)

test('a server that refuses the rest is not asked again once the time is over', async () => {
  const { asked, port } = await serve((request, response) => {
    if (request.headers.range !== undefined) return void response.writeHead(503).end()
    response.writeHead(200, { 'content-length': 32_768 }).write(fileOf(9_000))
  })
  // The time is over long before the pause is.
  const slow = { ...world, later: (ms: number, act: () => void) => world.later(ms === 1_000 ? 4_000_000 : ms, act) }
  expect(await askMirror(slow, `http://127.0.0.1:${port}/en.json`, { msMax: 8_000 }, never)).toBe(null)
  expect(asked.length).toBe(2)
})

test.each([false, true])(
  'parts of which the server does not know the length in all are joined (length at first: %s)',
  async (isTold) => {
    const file = fileOf(40_000)
    const { asked, port } = await serve((request, response) => {
      const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
      const length: Record<string, number> = isTold ? { 'content-length': file.length - from } : {}
      response.writeHead(from === 0 ? 200 : 206, from === 0 ? length : { 'content-range': `bytes ${from}-39999/*` })
      const isLast = file.length - from <= 15_000
      response.write(file.slice(from, from + 15_000), () => isLast && response.end())
    })
    expect(ends(await read(port))).toEqual(ends(file))
    expect(asked.length).toBe(3)
  },
)
