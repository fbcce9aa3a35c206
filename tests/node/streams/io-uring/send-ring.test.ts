import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { notSent, SendRing, sendBytesMax, sendsMax } from '../../../../src/node/streams/io-uring/send-ring.ts'
import { cleaning } from '../../../support/scratch.ts'
import { wakeHere } from '../../../support/streams/io-uring-here.ts'
import { fileOf, socketPairs } from '../../../support/streams/socket-pairs.ts'

const clean = cleaning()
const notASocket = -88

async function deps(count: number) {
  const ring = SendRing.open()
  clean(() => ring.close())
  const pairs = await socketPairs(count)
  clean(() => {
    for (const { near, far } of pairs) for (const end of [near, far]) end.destroy()
  })
  return { ring, pairs }
}

async function heardBy(far: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  far.on('data', (chunk: Buffer) => chunks.push(chunk))
  far.resume()
  await expect.poll(() => Buffer.concat(chunks).length).toBe(bytes)
  return Buffer.concat(chunks)
}

test.skipIf(!wakeHere)(
  'what is sent in one call reaches each socket, and each result stands where it was added',
  async () => {
    const { ring, pairs } = await deps(20)
    // More calls than the ring has entries: the marks go round.
    for (let call = 0; call < 40; call += 1) {
      const sizes = pairs.map(({ near }, index) => {
        const bytes = Buffer.alloc(1 + ((call * 7 + index) % 50), index)
        expect(ring.add(fileOf(near), bytes)).toBe(true)
        return bytes.length
      })
      expect([...ring.send()]).toEqual(sizes)
    }
    for (const [index, { far }] of pairs.entries()) {
      const bytes = Array.from({ length: 40 }, (_, call) => 1 + ((call * 7 + index) % 50)).reduce((a, b) => a + b)
      expect(await heardBy(far, bytes)).toEqual(Buffer.alloc(bytes, index))
    }
  },
)

test.skipIf(!wakeHere)('a send that fails gives its errno, and the others are sent', async () => {
  const { ring, pairs } = await deps(3)
  const [first, second, third] = pairs
  if (!first || !second || !third) throw new Error('three pairs are wanted')
  second.far.resetAndDestroy()
  await once(second.near, 'close').catch(() => {})
  const bytes = Buffer.from('hello')
  ring.add(fileOf(first.near), bytes)
  ring.add(fileOf(second.near), bytes)
  const file = openSync(fileURLToPath(import.meta.url), 'r')
  clean(() => closeSync(file))
  ring.add(file, bytes)
  ring.add(fileOf(third.near), bytes)
  const [one, two, three, four] = ring.send()
  expect([one, four]).toEqual([bytes.length, bytes.length])
  expect(two).toBeLessThan(0)
  expect(three).toBe(notASocket)
  expect(ring.isSound).toBe(true)
})

test.skipIf(!wakeHere)(
  'a socket that takes no more is told so at once, and takes the rest when it is read',
  async () => {
    const { ring, pairs } = await deps(1)
    const [pair] = pairs
    if (!pair) throw new Error('a pair is wanted')
    const bytes = Buffer.alloc(sendBytesMax, 'x')
    let taken = 0
    for (let result = bytes.length; result === bytes.length; ) {
      ring.add(fileOf(pair.near), bytes)
      result = ring.send()[0] ?? 0
      taken += Math.max(result, 0)
    }
    ring.add(fileOf(pair.near), bytes)
    expect([...ring.send()]).toEqual([notSent])
    expect(await heardBy(pair.far, taken)).toEqual(Buffer.alloc(taken, 'x'))
  },
)

test.skipIf(!wakeHere)('what has no room is refused until the next call', async () => {
  const { ring, pairs } = await deps(1)
  const file = fileOf(pairs[0]?.near as Socket)
  for (let count = 0; count < sendsMax; count += 1) expect(ring.add(file, Buffer.from('x'))).toBe(true)
  expect(ring.add(file, Buffer.from('x'))).toBe(false)
  expect(ring.send()).toHaveLength(sendsMax)
  expect(ring.add(file, Buffer.alloc(sendBytesMax - 1))).toBe(true)
  expect(ring.add(file, Buffer.alloc(2))).toBe(false)
  expect(ring.add(file, Buffer.alloc(1))).toBe(true)
})

test.skipIf(!wakeHere)('a ring that is closed sends nothing, and says so of each', async () => {
  const { ring, pairs } = await deps(1)
  ring.close()
  ring.add(fileOf(pairs[0]?.near as Socket), Buffer.from('x'))
  expect([...ring.send()]).toEqual([notSent])
  expect(ring.isSound).toBe(false)
})
