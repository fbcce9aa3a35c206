import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { ReaderSocket } from '../../../src/node/streams/reader-socket.ts'
import { socketFrame } from '../../../src/node/streams/socket-writer/socket-frame.ts'
import { runs } from '../../support/effort.ts'
import { cleaning } from '../../support/scratch.ts'
import { liveServer } from '../../support/streams/live-server.ts'
import { openingSocket } from '../../support/streams/opened-socket.ts'
import { clientFrame, RawSocket, readFrames } from '../../support/streams/raw-socket.ts'

describe.each(['raw', 'ws'] as const)('written by %s', (socketWriter) => {
  const clean = cleaning()
  const opened = openingSocket(clean, socketWriter)

  const text = 1
  const close = 8
  const binary = 2
  const ping = 9
  const pong = 10

  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 100_000])('a message of %i bytes is one right frame', (length) => {
    const frame = socketFrame('x'.repeat(length))
    const header = length < 126 ? 2 : length < 65_536 ? 4 : 10
    expect(frame).toHaveLength(header + length)
    const { frames, rest } = readFrames(frame)
    expect(rest).toHaveLength(0)
    expect(frames).toEqual([{ fin: true, opcode: text, payload: Buffer.alloc(length, 'x') }])
  })

  test('any text is framed as itself', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 })), (texts) => {
        const { frames } = readFrames(Buffer.concat(texts.map(socketFrame)))
        expect(frames.map(({ payload }) => payload.toString())).toEqual(texts.map((it) => it.toWellFormed()))
      }),
    )
  })

  test.each([125, 126, 65_535, 65_536].map((length) => [length]))(
    'a close, a ping and an alert of %i bytes keep their order',
    async (length) => {
      const { server, reader } = await opened('?languages=en')
      const headline = 'x'.repeat(length)
      for (let count = 0; count < 20; count += 1) {
        server.append({ texts: { en: { headline, summary: '' } } })
        reader.tcp.write(clientFrame(ping, `p${count}`))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await expect
        .poll(() => reader.messages.filter(({ type }) => type === 'alert').map(({ seq }) => seq))
        .toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
      await expect
        .poll(() => reader.frames.filter(({ opcode }) => opcode === pong).map(({ payload }) => payload.toString()))
        .toEqual(Array.from({ length: 20 }, (_, i) => `p${i}`))
      reader.tcp.write(clientFrame(close, Buffer.from([0x03, 0xe8])))
      await expect.poll(() => reader.closeCode).toBe(1000)
    },
  )

  test('what the kernel takes only in part arrives whole and in order, with pongs in between', async () => {
    const { server, reader } = await opened('?languages=en')
    reader.tcp.pause()
    // More than both kernels' buffers hold, so that writes are taken in part and then not at all.
    const summary = 'y'.repeat(40_000)
    for (let count = 0; count < 400; count += 1) {
      server.append({ texts: { en: { headline: `n${count}`, summary } } })
      if (count % 50 === 0) reader.tcp.write(clientFrame(ping, `p${count}`))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(server.hub.states()).toMatchObject({ full: 1 })
    reader.tcp.resume()
    await expect
      .poll(() => reader.messages.filter(({ type }) => type === 'alert').length, { timeout: 60_000, interval: 200 })
      .toBe(400)
    expect(reader.messages.flatMap(({ seq }) => (seq === undefined ? [] : [seq]))).toEqual(
      Array.from({ length: 400 }, (_, i) => i + 1),
    )
    await expect.poll(() => reader.frames.filter(({ opcode }) => opcode === pong).length).toBe(8)
    await expect.poll(() => server.hub.states()).toMatchObject({ live: 1, full: 0 })
  })

  test('a message in fragments, a ping between them, is one message', async () => {
    const { reader } = await opened()
    reader.tcp.write(clientFrame(text, 'pi', { fin: false }))
    reader.tcp.write(clientFrame(ping, 'between'))
    reader.tcp.write(clientFrame(0, 'ng'))
    await expect.poll(() => reader.messages.at(-1)?.type).toBe('head')
    expect(reader.frames.find(({ opcode }) => opcode === pong)?.payload.toString()).toBe('between')
  })

  test.each([
    ['is not masked', clientFrame(text, 'ping', { masked: false }), 1002],
    ['has a reserved bit', clientFrame(text, 'ping', { reserved: 4 }), 1002],
    ['has a reserved opcode', clientFrame(3, 'ping'), 1002],
    ['continues nothing', clientFrame(0, 'ping'), 1002],
    ['is a ping in fragments', clientFrame(ping, 'x', { fin: false }), 1002],
    ['is a ping of 126 bytes', clientFrame(ping, 'x'.repeat(126)), 1002],
    ['is not UTF-8', clientFrame(text, Buffer.from([0xce, 0xba, 0xed, 0xa0, 0x80])), 1007],
    ['is a close with a code that may not be sent', clientFrame(close, Buffer.from([0x03, 0xed])), 1002],
    ['is a close of one byte', clientFrame(close, Buffer.from([1])), 1002],
    ['is longer than anyone listens to', clientFrame(text, 'x'.repeat(65_537)), 1009],
    ['is longer than a message may be', clientFrame(text, 'x'.repeat(4_097)), 4002],
  ])('a frame that %s ends with its code, and others notice nothing', async (_, frame, code) => {
    const { server, reader } = await opened()
    const other = await RawSocket.open(server.url)
    clean(() => other.tcp.destroy())
    reader.tcp.write(frame)
    await expect.poll(() => reader.closeCode).toBe(code)
    server.append()
    await expect.poll(() => other.messages.at(-1)?.type).toBe('alert')
    await expect.poll(() => server.hub.size).toBe(1)
  })

  test('random bytes after the handshake end this connection and nothing else', async () => {
    const { server } = await opened()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 2, maxLength: 200 }), async (bytes) => {
        const vandal = await RawSocket.open(server.url)
        vandal.tcp.write(bytes)
        vandal.tcp.end()
        await new Promise((resolve) => vandal.tcp.once('close', resolve))
      }),
      { numRuns: runs(100) },
    )
    await expect.poll(() => server.hub.size).toBe(1)
  })

  test('a reader who says nothing to a ping is closed as silent with 4103 at the next beat', async () => {
    const { server, reader } = await opened()
    for (let slot = 0; slot < 25; slot += 1) server.hub.beat(slot)
    await expect.poll(() => reader.frames.some(({ opcode }) => opcode === ping)).toBe(true)
    for (let slot = 0; slot < 25; slot += 1) server.hub.beat(slot)
    expect(server.hub.size).toBe(0)
    await expect.poll(() => reader.closeCode).toBe(4103)
  })

  test('a reader who answers pings is not silent, and is sent the head once a round', async () => {
    const { server, reader } = await opened()
    for (let round = 1; round <= 3; round += 1) {
      for (let slot = 0; slot < 25; slot += 1) server.hub.beat(slot)
      await expect.poll(() => reader.frames.filter(({ opcode }) => opcode === ping)).toHaveLength(round)
      reader.tcp.write(clientFrame(pong, ''))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(reader.closeCode).toBeUndefined()
    expect(reader.messages.filter(({ type }) => type === 'head')).toHaveLength(3)
  })

  const floods = [
    ['words', clientFrame(text, 'ping')],
    ['words that nobody answers', clientFrame(text, 'pong')],
    ['empty messages', clientFrame(text, '')],
    ['bytes', clientFrame(binary, 'ping')],
    ['interests', clientFrame(text, '{"type":"interest","languages":["en"]}')],
    ['pongs that nobody asked for', clientFrame(pong, '')],
    ['fragments', Buffer.concat([clientFrame(text, 'pi', { fin: false }), clientFrame(0, 'ng')])],
  ] as const

  test('a reader who floods is closed with 4100, and what follows is not parsed', async () => {
    const server = await liveServer({}, { socketWriter })
    clean(() => server.close())
    const handled = vi.spyOn(ReaderSocket.prototype, 'emit')
    const flooding = floods.map(async ([what, frame]) => {
      const reader = await RawSocket.open(server.url)
      const closed = new Promise((resolve) => reader.tcp.once('close', resolve))
      // All at once, as a flood comes: ws is given thousands of frames in one piece.
      reader.tcp.write(Buffer.concat(Array.from({ length: 20_000 }, () => frame)))
      await expect.poll(() => reader.closeCode, { timeout: 20_000, message: what }).toBe(4100)
      await closed
    })
    await Promise.all(flooding)
    await expect.poll(() => [server.hub.size, server.admission.open]).toEqual([0, 0])
    const frames = new Map<unknown, number>()
    for (const [at, [event]] of handled.mock.calls.entries()) {
      const socket = handled.mock.contexts[at]
      if (event === 'message' || event === 'pong') frames.set(socket, (frames.get(socket) ?? 0) + 1)
    }
    handled.mockRestore()
    expect(frames.size).toBe(floods.length)
    // A hundred at once and some more while the seconds pass; then one for each chunk that was on its way.
    expect(Math.max(...frames.values())).toBeLessThan(250)
    expect(server.faults.counts.get('message-flood')).toBe(floods.length)
  })

  test('of eight megabytes of a flood nearly all stays with who sends it', async () => {
    const { server, reader } = await opened()
    const handled = vi.spyOn(ReaderSocket.prototype, 'emit')
    const frame = clientFrame(text, 'ping')
    reader.tcp.write(Buffer.concat(Array.from({ length: Math.ceil(8_000_000 / frame.length) }, () => frame)))
    await expect.poll(() => server.faults.counts.get('message-flood')).toBe(1)
    await new Promise((resolve) => reader.tcp.once('close', resolve))
    const [socket] = handled.mock.contexts as unknown as { readonly _socket: { readonly bytesRead: number } }[]
    handled.mockRestore()
    expect(socket?._socket.bytesRead).toBeGreaterThan(frame.length * 100)
    expect(socket?._socket.bytesRead).toBeLessThan(1_000_000)
  })

  test('fragments without end are one message that has too many, and end it', async () => {
    const { server, reader } = await opened()
    const part = clientFrame(0, '', { fin: false })
    reader.tcp.write(
      Buffer.concat([clientFrame(text, '', { fin: false }), ...Array.from({ length: 20_000 }, () => part)]),
    )
    await expect.poll(() => reader.closeCode).toBe(1008)
    await expect.poll(() => server.hub.size).toBe(0)
  })

  test('from a reader who takes nothing nothing is read, until they take it again', async () => {
    const { server, reader } = await opened('?languages=en')
    reader.tcp.pause()
    const summary = 'y'.repeat(60_000)
    while (server.hub.states().full === 0) {
      server.append({ texts: { en: { headline: 'n', summary } } })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const handled = vi.spyOn(ReaderSocket.prototype, 'emit')
    for (let count = 0; count < 50; count += 1) {
      reader.tcp.write(clientFrame(text, 'ping'))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const read = handled.mock.calls.filter(([event]) => event === 'message').length
    handled.mockRestore()
    expect(read).toBe(0)
    reader.tcp.resume()
    await expect.poll(() => reader.messages.filter(({ type }) => type === 'head').length, { timeout: 20_000 }).toBe(50)
    await expect.poll(() => server.hub.states()).toMatchObject({ live: 1 })
  })
})
