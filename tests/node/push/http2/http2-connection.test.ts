import { createHash, randomBytes } from 'node:crypto'
import { createSecureServer, type ServerHttp2Session, type Settings } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PushSender } from '../../../../src/node/push/connections/connection-pool.ts'
import type { PushResult } from '../../../../src/push/crypto/seal.ts'
import { runs } from '../../../support/effort.ts'
import { makeCertificate } from '../../../support/push/certificate.ts'
import { http2Implementations } from '../../../support/push/http2-implementations.ts'
import { cleaning } from '../../../support/scratch.ts'

describe.each(http2Implementations)('by %s', (name, http2Link) => {
  // The reference is Node's own server (nghttp2): what it takes and what it sends is HTTP/2.

  const clean = cleaning()
  const host = 'fcm.googleapis.com'
  const certificate = makeCertificate([host])

  function senderTo(port: number, requestMs = 10_000): PushSender {
    const sender = new PushSender({
      http2Link,
      connectTo: new Map([[host, { address: '127.0.0.1', port }]]),
      ca: certificate.cert,
      requestMs,
    })
    clean(() => sender.close())
    return sender
  }

  /** A server that says in its answer what it got. */
  async function startEcho(settings: Settings) {
    const server = createSecureServer({ ...certificate, settings })
    const sessions = new Set<ServerHttp2Session>()
    server.on('session', (session) => {
      sessions.add(session)
      session.on('error', () => undefined)
    })
    server.on('stream', (stream, headers) => {
      const hash = createHash('sha256')
      let [bytes, asked] = [0, String(headers['x-answer'] ?? '')]
      stream.on('error', () => undefined)
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        hash.update(chunk)
      })
      stream.on('end', () => {
        const seen = `${headers[':path']} ${headers[':authority']} ${headers.topic} ${bytes} ${hash.digest('hex')}`
        asked = createHash('sha256').update(`${seen} ${asked}`).digest('base64')
        stream.respond({
          ':status': 201,
          'retry-after': asked,
          date: new Date(0).toUTCString(),
          link: headers.topic ?? '',
        })
        stream.end('thank you')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    clean(() => {
      for (const session of sessions) session.destroy()
      server.close()
    })
    return { port: (server.address() as AddressInfo).port, sessions }
  }

  type Push = { readonly path: string; readonly topic: string; readonly preferences: string; readonly body: Uint8Array }

  const text = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 60,
  })
  const push = fc.record({
    path: fc.stringMatching(/^\/[a-zA-Z0-9_~%?=&.-]{0,80}$/),
    topic: text,
    preferences: text,
    body: fc.integer({ min: 0, max: 90_000 }).map((size) => randomBytes(size)),
  })

  async function expectEcho(sender: PushSender, { path, topic, preferences, body }: Push): Promise<void> {
    const headers = { topic, 'x-answer': preferences, ttl: String(body.length) }
    let answer: PushResult = { kind: 'unprocessed' }
    // What comes when the service has just narrowed its limit is refused, and sent again as the courier does.
    while (answer.kind === 'unprocessed')
      answer = await sender.send({ endpoint: `https://${host}${path}`, headers, body })
    const seen = `${path} ${host} ${topic} ${body.length} ${createHash('sha256').update(body).digest('hex')}`
    const retryAfter = createHash('sha256').update(`${seen} ${preferences}`).digest('base64')
    expect(answer).toMatchObject({ kind: 'answered', status: 201, retryAfter })
  }

  test('any requests arrive as they are and any answers are read, within any windows, tables and limits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          initialWindowSize: fc.constantFrom(1, 500, 2_000, 65_535, 1_000_000),
          maxConcurrentStreams: fc.integer({ min: 1, max: 40 }),
          headerTableSize: fc.constantFrom(0, 64, 400, 4_096, 65_536),
          maxFrameSize: fc.constantFrom(16_384, 65_536),
        }),
        fc.array(push, { minLength: 1, maxLength: 30 }),
        async (settings, pushes) => {
          const small = settings.initialWindowSize < 500
          const { port } = await startEcho(settings)
          const sender = senderTo(port)
          await Promise.all(
            pushes.map((it) => expectEcho(sender, small ? { ...it, body: it.body.subarray(0, 300) } : it)),
          )
          sender.close()
        },
      ),
      { numRuns: runs(25) },
    )
  }, 60_000)

  test('settings that change in the middle, wider or narrower, lose nothing', async () => {
    const { port, sessions } = await startEcho({ maxConcurrentStreams: 20, initialWindowSize: 30_000 })
    const sender = senderTo(port)
    const bodies = Array.from({ length: 200 }, (_, nth) => ({
      path: `/${nth}`,
      topic: `t${nth % 3}`,
      preferences: 'w',
      body: randomBytes(nth * 100),
    }))
    const timer = setInterval(() => {
      for (const session of sessions)
        if (!session.closed)
          session.settings({
            initialWindowSize: Math.floor(Math.random() * 40_000) + 100,
            maxConcurrentStreams: Math.floor(Math.random() * 10) + 1,
            headerTableSize: Math.floor(Math.random() * 4_096),
          })
    }, 5)
    clean(() => clearInterval(timer))
    await Promise.all(bodies.map((it) => expectEcho(sender, it)))
  })

  /** A service that says anything at all once it is connected. */
  async function startRude(speak: (socket: TLSSocket) => void): Promise<PushSender> {
    const server = createServer({ ...certificate, ALPNProtocols: ['h2'] }, (socket) => {
      socket.on('error', () => undefined)
      speak(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    clean(() => server.close())
    return senderTo((server.address() as AddressInfo).port, 500)
  }

  const frame = (type: number, flags: number, stream: number, payload: Uint8Array): Buffer => {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head.writeUInt8(type, 3)
    head.writeUInt8(flags, 4)
    head.writeUInt32BE(stream, 5)
    return Buffer.concat([head, payload])
  }
  const settingsFrame = frame(4, 0, 0, new Uint8Array())
  const send = (sender: PushSender): Promise<PushResult> =>
    sender.send({ endpoint: `https://${host}/x`, headers: { topic: 't' }, body: new Uint8Array(2_000) })

  test.each([
    ['a frame beyond the allowed size', Buffer.concat([settingsFrame, Buffer.from([0x10, 0, 0, 0, 0, 0, 0, 0, 0])])],
    ['a promise', Buffer.concat([settingsFrame, frame(5, 4, 1, Buffer.from([0, 0, 0, 2, 0x88]))])],
    [
      'a window beyond the allowed',
      Buffer.concat([settingsFrame, frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))]),
    ],
    ['headers without a table entry', Buffer.concat([settingsFrame, frame(1, 5, 1, Buffer.from([0xff, 0x00]))])],
    [
      'headers that are broken off',
      Buffer.concat([settingsFrame, frame(1, 0, 1, Buffer.from([0x88])), frame(0, 1, 1, Buffer.alloc(1))]),
    ],
    [
      'headers without end',
      Buffer.concat([settingsFrame, frame(1, 0, 1, Buffer.alloc(9_000)), frame(9, 0, 1, Buffer.alloc(9_000))]),
    ],
    ['more padding than frame', Buffer.concat([settingsFrame, frame(0, 8, 1, Buffer.from([200]))])],
    ['a short PING', Buffer.concat([settingsFrame, frame(6, 0, 0, Buffer.alloc(2))])],
    ['HTTP/1.1', Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
    ['nothing', Buffer.alloc(0)],
  ])('a service that sends %s breaks its own connection and nothing else', async (_, bytes) => {
    const sender = await startRude((socket) => socket.write(bytes))
    expect(await send(sender)).toMatchObject({ kind: 'broken' })
  })

  /** A literal field with a long value, not to be put into the table (RFC 7541 §6.2.2). */
  const longField = (bytes: number): Buffer => {
    const length = [0x7f, ...[0, 7, 14].map((shift) => (((bytes - 127) >> shift) & 0x7f) | (shift < 14 ? 0x80 : 0))]
    return Buffer.concat([Buffer.from([0x00, 1, 0x78, ...length]), Buffer.alloc(bytes, 0x61)])
  }
  const status201 = Buffer.from([0x08, 3, 0x32, 0x30, 0x31])
  /** A header block in frames of 16 KiB, as a response without a body. */
  const inFrames = (block: Buffer): Buffer =>
    Buffer.concat(
      Array.from({ length: Math.ceil(block.length / 16_384) }, (_, at) => {
        const isLast = (at + 1) * 16_384 >= block.length
        const piece = block.subarray(at * 16_384, (at + 1) * 16_384)
        return frame(at === 0 ? 1 : 9, (at === 0 ? 1 : 0) | (isLast ? 4 : 0), 1, piece)
      }),
    )

  // Ours reads the status of a longer one. nghttp2 takes no header beyond eight CONTINUATION frames.
  const headerBytes = [15_000, 16_500, 40_000, 100_000, ...(name === 'our HTTP/2' ? [240_000, 400_000, 900_000] : [])]
  test.each(headerBytes)('a response with a header of %i bytes is accepted', async (bytes) => {
    const sender = await startRude((socket) => {
      socket.write(settingsFrame)
      socket.once('data', () =>
        setImmediate(() =>
          socket.write(inFrames(Buffer.concat([status201, ...Array(10).fill(longField(bytes / 10))]))),
        ),
      )
    })
    expect(await send(sender)).toMatchObject({ kind: 'answered', status: 201 })
  })

  test('any bytes from a service end in an answer or a broken request, within the deadline', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 11 }), fc.nat(255), fc.nat(3), fc.uint8Array({ maxLength: 40 })), {
          maxLength: 12,
        }),
        async (frames) => {
          const bytes = frames.map(([type, flags, stream, payload]) => frame(type, flags, stream, payload))
          const sender = await startRude((socket) => socket.write(Buffer.concat([settingsFrame, ...bytes])))
          expect(['answered', 'broken', 'unprocessed']).toContain((await send(sender)).kind)
          sender.close()
        },
      ),
      { numRuns: runs(60) },
    )
  })
})
