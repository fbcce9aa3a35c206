import { afterEach, expect, test, vi } from 'vitest'
import { guardedBody } from '../../../src/node/server/guarded-body.ts'
import { createHttpServer, listen } from '../../../src/node/server/server.ts'
import { cleaning } from '../../support/scratch.ts'
import { peerAt, requestText } from '../../support/streams/peers.ts'

const clean = cleaning()
afterEach(() => vi.restoreAllMocks())

/** A source of pieces; after them it ends, or fails. */
function sourceOf(sizes: readonly number[], failure: Error | null): ReadableStream<Uint8Array> {
  const left = [...sizes]
  return new ReadableStream({
    pull(controller) {
      const size = left.shift()
      if (size !== undefined) controller.enqueue(new Uint8Array(size).fill(120))
      else if (failure === null) controller.close()
      else controller.error(failure)
    },
  })
}

const broke = new Error('the disk said no')

test.each([
  ['all that was announced comes', [3, 4], 7, null, null],
  ['nothing was announced, and nothing comes', [], 0, null, null],
  ['the source ends early', [3], 7, null, /7 bytes were announced; 3 came/],
  ['the source has nothing', [], 7, null, /7 bytes were announced; 0 came/],
  ['the source has more', [3, 5], 7, null, /7 bytes were announced; 8 came/],
  ['the source fails at first', [], 7, broke, /the disk said no/],
  ['the source fails in the middle', [3, 2], 7, broke, /the disk said no/],
])(
  '%s: the peer is sent that much, told by the end of the connection, and nothing is printed',
  async (_, sizes, length, failure, told) => {
    const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'info')]
    const troubles: unknown[] = []
    const server = createHttpServer((_, env) => {
      const { outgoing } = env as { outgoing: { destroy(): void } }
      const body = guardedBody(sourceOf(sizes, failure), length, (error) => {
        troubles.push(error)
        outgoing.destroy()
      })
      return new Response(body, { headers: { 'content-length': String(length) } })
    })
    clean(() => server.close())
    const peer = await peerAt(await listen(server, '127.0.0.1', 0), requestText('/'), { halfOpen: false })
    clean(() => peer.socket.destroy())
    if (told === null) {
      await expect.poll(peer.said).toMatch(new RegExp(`\r\n\r\nx{${length}}$`))
      expect(peer.isOpen()).toBe(true)
      expect(troubles).toEqual([])
    } else {
      await peer.closed
      expect(peer.said()).not.toContain('Error')
      expect(troubles).toHaveLength(1)
      expect(String(troubles[0])).toMatch(told)
    }
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  },
)

test('a peer who goes away in the middle ends the source, and that is not reported as an error', async () => {
  const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'info')]
  const troubles: unknown[] = []
  let ended = false
  const server = createHttpServer(() => {
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => {
        ended = true
      },
    })
    const body = guardedBody(source, 1e9, (error) => troubles.push(error))
    return new Response(body, { headers: { 'content-length': '1000000000' } })
  })
  clean(() => server.close())
  const peer = await peerAt(await listen(server, '127.0.0.1', 0), requestText('/'), { reads: false })
  await expect.poll(() => peer.socket.bytesRead).toBeGreaterThan(0)
  peer.socket.destroy()
  await expect.poll(() => ended).toBe(true)
  expect(troubles).toEqual([])
  for (const spy of printed) expect(spy).not.toHaveBeenCalled()
})
