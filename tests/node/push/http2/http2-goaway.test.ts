import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PushSender } from '../../../../src/node/push/connections/connection-pool.ts'
import { FrameReader, flag, frameType, preface, setting } from '../../../../src/node/push/http2/http2-frames.ts'
import { nodeHttp2Link } from '../../../../src/node/push/web-push/node-http2-connection.ts'
import type { PushResult } from '../../../../src/push/crypto/seal.ts'
import { runs } from '../../../support/effort.ts'
import { makeCertificate } from '../../../support/push/certificate.ts'
import { http2Implementations } from '../../../support/push/http2-implementations.ts'
import { cleaning } from '../../../support/scratch.ts'

describe.each(http2Implementations)('by %s', (_, http2Link) => {
  // RFC 9113 §6.8: after a GOAWAY nothing new is begun on that connection; what is above its last stream was not looked at.

  const clean = cleaning()
  const host = 'fcm.googleapis.com'
  const certificate = makeCertificate([host])
  const streamIdMax = 0x7fff_ffff

  function frame(type: number, flags: number, stream: number, ...words: readonly number[]): Buffer {
    const bytes = Buffer.alloc(9 + words.length * 4)
    bytes.writeUIntBE(words.length * 4, 0, 3)
    bytes.writeUInt8(type, 3)
    bytes.writeUInt8(flags, 4)
    bytes.writeUInt32BE(stream, 5)
    words.forEach((word, at) => void bytes.writeUInt32BE(word, 9 + at * 4))
    return bytes
  }
  const goaway = (last: number, code = 0): Buffer => frame(frameType.goaway, 0, 0, last, code)
  const reset = (stream: number, code: number): Buffer => frame(frameType.reset, 0, stream, code)

  /** `:status: 200` is one byte (RFC 7541 Appendix A, entry 8). */
  function accepted(stream: number): Buffer {
    return Buffer.concat([Buffer.from([0, 0, 1, frameType.headers, 0x5, 0, 0, 0, stream]), Buffer.from([0x88])])
  }

  type Connection = {
    readonly socket: TLSSocket
    /** Every stream that was begun, and those begun after the sender had surely read the GOAWAY. */
    readonly begun: number[]
    readonly late: number[]
  }
  /** What a service does when a stream has begun: `nth` of its connection, from 1. */
  type Script = (connection: Connection, nth: number, connectionNth: number) => void

  async function startScripted(streamsMax: number, script: Script) {
    const connections: Connection[] = []
    const server = createServer({ ...certificate, ALPNProtocols: ['h2'] }, (socket) => {
      const connection = { socket, begun: [] as number[], late: [] as number[] }
      const connectionNth = connections.push(connection)
      let acknowledged = false
      let skip = preface.length
      const reader = new FrameReader()
      socket.on('error', () => undefined)
      socket.write(settingsOf(streamsMax))
      socket.on('data', (chunk: Buffer) => {
        const bytes = chunk.subarray(Math.min(skip, chunk.length))
        skip -= chunk.length - bytes.length
        reader.read(bytes, ({ type, flags, stream }) => {
          if (type === frameType.ping && flags === flag.ack) acknowledged = true
          if (type !== frameType.headers) return
          connection.begun.push(stream)
          if (acknowledged) connection.late.push(stream)
          script(connection, connection.begun.length, connectionNth)
        })
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    clean(() => {
      for (const { socket } of connections) socket.destroy()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const connectTo = new Map([[host, { address: '127.0.0.1', port }]])
    const sender = new PushSender({ http2Link, connectTo, ca: certificate.cert, requestMs: 2_000 })
    clean(() => sender.close())
    const send = (): Promise<PushResult> =>
      sender.send({ endpoint: `https://${host}/x`, headers: { topic: 't' }, body: new Uint8Array(100) })
    return { connections, send }
  }

  function settingsOf(streamsMax: number): Buffer {
    const bytes = Buffer.alloc(9 + 6)
    bytes.writeUIntBE(6, 0, 3)
    bytes.writeUInt8(frameType.settings, 3)
    bytes.writeUInt16BE(setting.streams, 9)
    bytes.writeUInt32BE(streamsMax, 11)
    return bytes
  }

  const ping = frame(frameType.ping, 0, 0, 1, 2)
  const kinds = (answers: readonly PushResult[]): string[] => answers.map(({ kind }) => kind)

  /** How each of `count` requests ends that are sent together on one connection, when the service acts as told after the last it lets begin. */
  async function writeBatch(streamsMax: number, count: number, act: (connection: Connection) => void) {
    const first = Math.min(streamsMax, count)
    const { connections, send } = await startScripted(streamsMax, (connection, nth, connectionNth) => {
      if (connectionNth > 1) connection.socket.write(accepted(connection.begun.at(-1) ?? 0))
      else if (nth === 1 + first) act(connection)
      else if (nth === 1) connection.socket.write(accepted(1))
    })
    // One alone opens the connection, so that the others find it.
    expect((await send()).kind).toBe('answered')
    const answers = await Promise.all(Array.from({ length: count }, send))
    return { connections, answers, send }
  }

  test.each([
    ['GOAWAY(0)', 1, 3, [0], [], ['unprocessed', 'unprocessed', 'unprocessed']],
    ['GOAWAY(1), the stream before', 1, 3, [1], [], ['unprocessed', 'unprocessed', 'unprocessed']],
    ['GOAWAY(3), its own stream, which is answered', 1, 3, [3], [3], ['answered', 'unprocessed', 'unprocessed']],
    ['GOAWAY(2^31-1), which is answered', 1, 3, [streamIdMax], [3], ['answered', 'unprocessed', 'unprocessed']],
    ['two steps: 2^31-1, then its own', 1, 3, [streamIdMax, 3], [3], ['answered', 'unprocessed', 'unprocessed']],
    ['two steps: 2^31-1, then none', 1, 3, [streamIdMax, 1], [], ['unprocessed', 'unprocessed', 'unprocessed']],
    ['three steps', 2, 3, [streamIdMax, 5, 3], [3], ['answered', 'unprocessed', 'unprocessed']],
    ['GOAWAY(5) in the middle', 3, 5, [5], [3, 5], ['answered', 'answered', ...Array(3).fill('unprocessed')]],
    ['GOAWAY(4), between two streams', 3, 5, [4], [3], ['answered', ...Array(4).fill('unprocessed')]],
    [
      'GOAWAY(7), the last that began',
      3,
      5,
      [7],
      [3, 5, 7],
      [...Array(3).fill('answered'), 'unprocessed', 'unprocessed'],
    ],
  ] as const)(
    '%s with %i streams at once and %i requests: nothing new begins there, and each hears what became of it',
    async (_, streamsMax, count, lasts, answered, expected) => {
      const { connections, answers } = await writeBatch(streamsMax, count, ({ socket }) => {
        socket.write(Buffer.concat([...lasts.map((last) => goaway(last)), ping]))
        // Later, so that what would wrongly begin has the time to.
        setTimeout(() => socket.write(Buffer.concat(answered.map(accepted))), 30)
      })
      // node:http2 takes a stream that is none of ours for a broken connection.
      if (http2Link === nodeHttp2Link && lasts.includes(4 as never)) expect(kinds(answers)).not.toContain('answered')
      else expect(kinds(answers)).toEqual(expected)
      expect(connections[0]?.late).toEqual([])
      expect(connections[0]?.begun).toHaveLength(1 + Math.min(streamsMax, count))
    },
  )

  test('a stream that ends beside a GOAWAY, by an answer or a reset, makes no room for one that waits', async () => {
    for (const end of [accepted(3), reset(3, 0), reset(3, 7), reset(3, 8)]) {
      const { connections } = await writeBatch(1, 3, ({ socket }) =>
        socket.write(Buffer.concat([goaway(streamIdMax), end, ping])),
      )
      expect(connections[0]?.begun).toEqual([1, 3])
    }
  })

  test('three connections in a row that are sent away: each request afterwards begins on a new one', async () => {
    const { connections, send } = await startScripted(1, (connection, _, connectionNth) => {
      connection.socket.write(connectionNth <= 3 ? Buffer.concat([goaway(0), ping]) : accepted(1))
    })
    const ends: string[] = []
    for (let nth = 0; nth < 4; nth += 1) ends.push((await send()).kind)
    expect(ends).toEqual(['unprocessed', 'unprocessed', 'unprocessed', 'answered'])
    expect(connections.map(({ begun }) => begun)).toEqual([[1], [1], [1], [1]])
  })

  test('whatever GOAWAYs come, with any number of streams and requests: none begins afterwards, and those above were not looked at', async () => {
    const last = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(streamIdMax))
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(last, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(0, 2, 11),
        async (streamsMax, count, steps, code) => {
          // A peer must not raise what it said before (RFC 9113 §6.8).
          const lasts = [...steps].sort((a, b) => b - a)
          const least = lasts.at(-1) ?? 0
          const { connections, answers } = await writeBatch(streamsMax, count, ({ socket, begun }) => {
            const answered = begun.slice(1).filter((stream) => stream <= least)
            socket.write(Buffer.concat([...lasts.map((it) => goaway(it, code)), ping, ...answered.map(accepted)]))
          })
          expect(connections[0]?.late).toEqual([])
          const expected = Array.from({ length: count }, (_, nth) =>
            nth < streamsMax && 3 + 2 * nth <= least ? 'answered' : 'unprocessed',
          )
          // node:http2 ends the connection for an error code, and for a stream that is none of ours: then some are broken.
          const isLenient = http2Link === nodeHttp2Link && (code !== 0 || lasts.some((it) => it > 0 && it % 2 === 0))
          for (const [nth, kind] of kinds(answers).entries())
            if (!isLenient || kind !== 'broken') expect(kind).toBe(expected[nth])
          for (const { socket } of connections) socket.destroy()
        },
      ),
      { numRuns: runs(30) },
    )
  }, 60_000)
})
