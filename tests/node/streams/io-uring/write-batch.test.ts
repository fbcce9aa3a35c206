import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RawWriter } from '../../../../src/node/streams/io-uring/raw-write.ts'
import { SendRing } from '../../../../src/node/streams/io-uring/send-ring.ts'
import { openWriteBatch, WriteBatch } from '../../../../src/node/streams/io-uring/write-batch.ts'
import { runs } from '../../../support/effort.ts'
import { cleaning } from '../../../support/scratch.ts'
import { wakeHere } from '../../../support/streams/io-uring-here.ts'
import { socketPairs } from '../../../support/streams/socket-pairs.ts'

const clean = cleaning()
const readersCount = 6

function raise(error: unknown): never {
  throw error
}

/** Some readers who keep what they hear, and what each was written. */
async function crowd(writeBatch: WriteBatch) {
  const pairs = await socketPairs(readersCount)
  const readers = pairs.map(({ near, far }) => {
    const heard: Buffer[] = []
    far.on('data', (chunk: Buffer) => heard.push(chunk))
    // Paused as before: only listening made it flow.
    far.pause()
    const writer = new RawWriter(near, writeBatch)
    // How Node writes is learnt from a first write.
    writer.write(Buffer.from('.'))
    return { near, far, writer, written: [Buffer.from('.')], heard, left: false }
  })
  const end = () => {
    for (const { near, far } of readers) for (const socket of [near, far]) socket.destroy()
  }
  clean(end)
  return { readers, end }
}

type Crowd = Awaited<ReturnType<typeof crowd>>['readers']

const reader = fc.nat({ max: readersCount - 1 })
// Some so long that the kernel takes only a part of them.
const size = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 50_000, max: 900_000 }))
const act = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), reader, size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stream' as const), reader, size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('vanish' as const), reader, size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), reader, size }) },
)
const schedule = fc.array(
  fc.record({ acts: fc.array(act, { maxLength: 12 }), reading: fc.array(reader, { maxLength: 3 }) }),
  { maxLength: 12 },
)
type Act = { readonly do: 'write' | 'stream' | 'vanish' | 'close'; readonly reader: number; readonly size: number }

let filler = 0

function perform(readers: Crowd, { do: what, reader: index, size: length }: Act): void {
  const one = readers[index]
  if (one === undefined || one.left) return
  filler += 1
  const bytes = Buffer.alloc(length, filler)
  if (what === 'write') one.writer.write(bytes)
  if (what === 'stream') one.near.write(bytes)
  if (what === 'vanish') one.far.resetAndDestroy()
  if (what === 'close') one.near.destroy()
  if (what === 'write' || what === 'stream') one.written.push(bytes)
  else one.left = true
}

type Step = { readonly acts: readonly Act[]; readonly reading: readonly number[] }

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function run(writeBatch: WriteBatch, steps: readonly Step[]): Promise<void> {
  const { readers, end } = await crowd(writeBatch)
  for (const { acts, reading } of steps) {
    writeBatch.step(() => {
      for (const one of acts) if (one.do !== 'stream') perform(readers, one)
    })
    // As ws writes a pong: past the writer.
    for (const one of acts) if (one.do === 'stream') perform(readers, one)
    for (const index of reading) readers[index]?.far.resume()
    await turn()
    for (const index of reading) readers[index]?.far.pause()
  }
  for (const { far } of readers) far.resume()
  for (const { heard, written, left } of readers) {
    const all = Buffer.concat(written)
    if (!left) await expect.poll(() => lengthOf(heard)).toBeGreaterThanOrEqual(all.length)
    const came = Buffer.concat(heard)
    // Compared as one word: a difference of megabytes is no reading.
    expect(came.equals(left ? all.subarray(0, came.length) : all)).toBe(true)
  }
  end()
}

function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((bytes, chunk) => bytes + chunk.length, 0)
}

const deps = { report: raise, debug() {} }

test.skipIf(!wakeHere)(
  'in a step nothing is written before its end, but when it is over all is with the kernel',
  async () => {
    const writeBatch = openWriteBatch(true, deps)
    const { readers } = await crowd(writeBatch)
    const heardOf = (index: number) => Buffer.concat(readers[index]?.heard ?? []).toString()
    for (const { far } of readers) far.resume()
    await expect.poll(() => heardOf(1)).toBe('.')
    writeBatch.step(() => {
      for (const { writer } of readers) writer.write(Buffer.from('a'))
      // The second to the same reader takes the first along.
      readers[0]?.writer.write(Buffer.from('b'))
    })
    expect(readers.map(({ near }) => near.writableLength)).toEqual(readers.map(() => 0))
    await expect.poll(() => heardOf(0)).toBe('.ab')
    await expect.poll(() => heardOf(5)).toBe('.a')
  },
)

test.skipIf(!wakeHere)('a frame of which the kernel takes a part arrives once', async () => {
  const writeBatch = openWriteBatch(true, deps)
  const { readers } = await crowd(writeBatch)
  const [one] = readers
  if (one === undefined) throw new Error('a reader is wanted')
  const size = 200_000
  // Nobody reads: sooner or later only a part of a frame has room.
  for (let count = 0; one.near.writableLength % size === 0 && count < 1_000; count += 1)
    writeBatch.step(() => perform(readers, { do: 'write', reader: 0, size }))
  expect(one.near.writableLength % size).toBeGreaterThan(0)
  one.far.resume()
  const all = Buffer.concat(one.written)
  await expect.poll(() => lengthOf(one.heard)).toBeGreaterThanOrEqual(all.length)
  expect(Buffer.concat(one.heard).equals(all)).toBe(true)
})

/** A reader in a thread of its own: it reads on while this thread stands still. Gives all that it heard, as one text. */
async function readerElsewhere(server: Server): Promise<{ near: Socket; heard: Promise<string> }> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    const chunks = []
    const socket = require('node:net').connect(workerData, '127.0.0.1')
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => parentPort.postMessage(Buffer.concat(chunks).toString()))`
  const worker = new Worker(source, { eval: true, workerData: port })
  clean(() => worker.terminate())
  const [near] = (await once(server, 'connection')) as [Socket]
  return { near, heard: once(worker, 'message').then(([text]) => String(text)) }
}

test.skipIf(!wakeHere)('what the stream itself begins to write in the same step is not torn apart', async () => {
  const writeBatch = openWriteBatch(true, deps)
  const server = createServer()
  clean(() => server.close())
  const { near, heard } = await readerElsewhere(server)
  const writer = new RawWriter(near, writeBatch)
  const long = 20_000_000
  writeBatch.step(() => {
    writer.write(Buffer.from('gathered'))
    // More than the kernel takes at once; then the reader makes room, and what is gathered would find it.
    near.write(Buffer.alloc(long, 's'))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
  })
  near.end()
  expect((await heard).replace(/s+/g, (run) => `-${run.length}-`)).toBe(`-${long}-gathered`)
})

test.skipIf(!wakeHere)('a step that throws has sent what was written in it', async () => {
  const writeBatch = openWriteBatch(true, deps)
  const { readers } = await crowd(writeBatch)
  readers[0]?.far.resume()
  const broken = () =>
    writeBatch.step(() => {
      readers[0]?.writer.write(Buffer.from('said'))
      throw new Error('broken')
    })
  expect(broken).toThrow('broken')
  await expect.poll(() => Buffer.concat(readers[0]?.heard ?? []).toString()).toBe('.said')
})

test.skipIf(!wakeHere)(
  'when the kernel refuses to go on, it is told once and everything arrives all the same',
  async () => {
    const ring = SendRing.open()
    const troubles: unknown[] = []
    const writeBatch = new WriteBatch(ring, (error) => troubles.push(error))
    const { readers } = await crowd(writeBatch)
    for (const { far } of readers) far.resume()
    ring.close()
    writeBatch.step(() => {
      // The second to a reader finds out that the first did not go, in the middle of the step.
      for (const word of ['a', 'b']) for (const { writer } of readers) writer.write(Buffer.from(word))
    })
    writeBatch.step(() => {
      for (const { writer } of readers) writer.write(Buffer.from('c'))
    })
    for (const { heard } of readers) await expect.poll(() => Buffer.concat(heard).toString()).toBe('.abc')
    expect(troubles).toHaveLength(1)
    expect(writeBatch.usesIoUring).toBe(false)
  },
)

test('where it is not wanted there is no ring', () => {
  expect(openWriteBatch(false, deps).usesIoUring).toBe(false)
})

describe.each([
  ['by the ring', true],
  ['each socket by itself', false],
])('written %s', (_, byRing) => {
  test.skipIf(byRing && !wakeHere)(
    'whatever is written to fast, slow and leaving readers comes whole, in order, and to nobody else',
    async () => {
      const writeBatch = openWriteBatch(byRing, deps)
      expect(writeBatch.usesIoUring).toBe(byRing)
      await fc.assert(
        fc.asyncProperty(schedule, (steps) => run(writeBatch, steps)),
        { numRuns: runs(40) },
      )
    },
  )
})
