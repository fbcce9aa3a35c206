import { expect, test } from 'vitest'
import { cleaning } from '../../support/scratch.ts'
import { openingSocket } from '../../support/streams/opened-socket.ts'
import { clientFrame } from '../../support/streams/raw-socket.ts'

// What Autobahn's test suite looks at (its cases 2 to 7), where it applies to a server that is only told single words.

const opened = openingSocket(cleaning())

const text = 1
const close = 8
const ping = 9
const pong = 10

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('fragments of which pings stand between, empty ones too, are one message; characters may be cut anywhere', async () => {
  const { reader } = await opened()
  const pieces = [...Buffer.from('{"type":"interest","languages":["en"],"topics":[],"level":"urgent"}')]
  reader.tcp.write(clientFrame(text, '', { fin: false }))
  for (const [at, piece] of pieces.entries()) {
    reader.tcp.write(clientFrame(0, Buffer.from([piece]), { fin: false }))
    reader.tcp.write(clientFrame(ping, ''))
    reader.tcp.write(clientFrame(0, '', { fin: false }))
    // Sixty pings before the first pong is out are taken for an attack.
    while (reader.frames.filter(({ opcode }) => opcode === pong).length <= at) await turn()
  }
  reader.tcp.write(clientFrame(0, ''))
  await expect.poll(() => reader.messages.at(-1)?.type).toBe('interest')
  const cut = Buffer.from('"é"')
  reader.tcp.write(clientFrame(text, cut.subarray(0, 2), { fin: false }))
  reader.tcp.write(clientFrame(0, cut.subarray(2)))
  await expect.poll(() => reader.messages.at(-1)?.type).toBe('error')
})

test('a pong that nobody asked for changes nothing, and one byte at a time is as good as all at once', async () => {
  const { server, reader } = await opened()
  reader.tcp.setNoDelay(true)
  for (const byte of Buffer.concat([clientFrame(pong, 'unasked'), clientFrame(text, 'ping'), clientFrame(ping, 'p')])) {
    reader.tcp.write(Buffer.from([byte]))
    await turn()
  }
  await expect.poll(() => reader.frames.at(-1)).toMatchObject({ opcode: pong, payload: Buffer.from('p') })
  expect(reader.messages.map(({ type }) => type)).toEqual(['welcome', 'head'])
  expect(server.hub.size).toBe(1)
})

test.each([0, 1, 124, 125])('a ping of %i bytes is answered with its own bytes', async (length) => {
  const { reader } = await opened()
  const bytes = Buffer.alloc(length, 0xfe)
  reader.tcp.write(clientFrame(ping, bytes))
  await expect.poll(() => reader.frames.at(-1)).toEqual({ fin: true, opcode: pong, payload: bytes })
})

const closing = (code: number, reason: string | Buffer = '') => {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return clientFrame(close, Buffer.concat([head, Buffer.from(reason)]))
}

test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
  'a close with %i is answered with the same, nothing follows, and the place is free',
  async (code) => {
    const { server, reader } = await opened()
    const ended = new Promise((resolve) => reader.tcp.once('end', resolve))
    reader.tcp.write(Buffer.concat([closing(code, 'é'.repeat(61)), clientFrame(text, 'ping'), clientFrame(ping, '')]))
    await ended
    expect(reader.closeCode).toBe(code)
    expect(reader.frames.at(-1)?.opcode).toBe(close)
    expect(reader.messages.map(({ type }) => type)).toEqual(['welcome'])
    await expect.poll(() => [server.hub.size, server.admission.open]).toEqual([0, 0])
    expect([...server.streamCounters.cuts]).toEqual([])
  },
)

test('a close without a code is answered in kind', async () => {
  const { server, reader } = await opened()
  reader.tcp.write(clientFrame(close, ''))
  await expect.poll(() => reader.closeCode).toBe(1005)
  await expect.poll(() => server.hub.size).toBe(0)
})

test('a peer who answers our close with nothing is torn off', { timeout: 20_000 }, async () => {
  const { server, reader } = await opened()
  const ended = new Promise((resolve) => reader.tcp.once('end', resolve))
  server.hub.closeSome(1, 4200, 'over')
  await expect.poll(() => reader.closeCode).toBe(4200)
  await ended
  await expect.poll(() => server.admission.open).toBe(0)
})

test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
  'a close with %i, which may not be sent, is answered with 1002',
  async (code) => {
    const { server, reader } = await opened()
    reader.tcp.write(closing(code))
    await expect.poll(() => reader.closeCode).toBe(1002)
    await expect.poll(() => server.hub.size).toBe(0)
  },
)

test.each([1, 2, 3, 4, 5, 6, 7])('reserved bits %i end with 1002, on a message and on a ping', async (reserved) => {
  for (const frame of [clientFrame(text, 'ping', { reserved }), clientFrame(ping, '', { reserved })]) {
    const { reader } = await opened()
    reader.tcp.write(frame)
    await expect.poll(() => reader.closeCode).toBe(1002)
    expect(reader.frames.some(({ opcode }) => opcode === pong)).toBe(false)
  }
})

test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('the reserved opcode %i ends with 1002', async (opcode) => {
  const { reader } = await opened()
  reader.tcp.write(clientFrame(opcode, ''))
  await expect.poll(() => reader.closeCode).toBe(1002)
})

test('a new message in the midst of another ends with 1002', async () => {
  const { reader } = await opened()
  reader.tcp.write(Buffer.concat([clientFrame(text, 'pi', { fin: false }), clientFrame(text, 'ping')]))
  await expect.poll(() => reader.closeCode).toBe(1002)
})

/** From Markus Kuhn's list of what is no UTF-8: lone and missing continuations, overlong forms, surrogates, too high. */
const noUtf8 = [
  '80',
  'bf',
  'c0af',
  'c1bf',
  'e080af',
  'eda080',
  'edbfbf',
  'f08080af',
  'f4908080',
  'f8888080',
  'fe',
  'ce',
]

test.each(noUtf8)(
  'the bytes %s end with 1007 in a message, in its fragments, and in the reason of a close',
  async (hex) => {
    const bytes = Buffer.concat([Buffer.from('κ'), Buffer.from(hex, 'hex')])
    const fragments = [...bytes].map((byte, at) =>
      clientFrame(at === 0 ? text : 0, Buffer.from([byte]), { fin: false }),
    )
    for (const said of [
      clientFrame(text, bytes),
      Buffer.concat([...fragments, clientFrame(0, '')]),
      closing(1000, bytes),
    ]) {
      const { reader } = await opened()
      reader.tcp.write(said)
      await expect.poll(() => reader.closeCode).toBe(1007)
    }
  },
)

test('a client that sends pings without end and reads no pong costs no memory: it is disconnected', async () => {
  const { server, reader } = await opened()
  reader.tcp.pause()
  const pings = Buffer.concat(Array.from({ length: 500 }, () => clientFrame(ping, 'x'.repeat(125))))
  let sent = 0
  const gone = new Promise<void>((resolve) => reader.tcp.once('close', () => resolve()))
  let isGone = false
  void gone.then(() => {
    isGone = true
  })
  while (!isGone && server.hub.size > 0 && sent < 200 * 2 ** 20) {
    sent += pings.length
    await Promise.race([gone, new Promise<void>((resolve) => reader.tcp.write(pings, () => resolve()))])
  }
  expect(sent).toBeLessThan(200 * 2 ** 20)
  await expect.poll(() => [server.hub.size, server.admission.open]).toEqual([0, 0])
})
