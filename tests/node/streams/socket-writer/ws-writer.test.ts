import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../../support/effort.ts'
import { cleaning } from '../../../support/scratch.ts'
import { liveServer } from '../../../support/streams/live-server.ts'
import { clientFrame, RawSocket } from '../../../support/streams/raw-socket.ts'

const clean = cleaning()
const ping = 9
const text = 1

type Act = { readonly do: 'alert' | 'ping' | 'say'; readonly size: number }
const act = fc.record({
  do: fc.constantFrom('alert' as const, 'alert' as const, 'ping' as const, 'say' as const),
  size: fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(65_000, 70_000)),
})

/** What a reader is sent, frame by frame, who does all this one after the other and at last comes back from the beginning. */
async function heard(socketWriter: 'raw' | 'ws', acts: readonly Act[]) {
  const server = await liveServer({}, { socketWriter })
  const reader = await RawSocket.open(server.url, '?languages=en')
  const settled = async (one: RawSocket, count: number) => {
    await expect.poll(() => one.frames.length).toBe(count)
    return one.frames.map(({ fin, opcode, payload }) => [fin, opcode, payload.toString()])
  }
  await expect.poll(() => reader.frames.length).toBe(1)
  let count = 1
  for (const { do: what, size } of acts) {
    if (what === 'alert') server.append({ texts: { en: { headline: 'x'.repeat(size + 1), summary: '' } } })
    else reader.tcp.write(what === 'ping' ? clientFrame(ping, 'p') : clientFrame(text, 'nonsense'))
    count += 1
    await settled(reader, count)
  }
  const alerts = acts.filter((it) => it.do === 'alert').length
  const back = await RawSocket.open(server.url, '?languages=en&after=e.0')
  const replayed = await settled(back, 1 + (alerts === 0 ? 0 : alerts + 1))
  const all = [await settled(reader, count), replayed]
  for (const { tcp } of [reader, back]) tcp.destroy()
  await server.close()
  return all
}

test('whatever happens, a reader gets the same frames from ws as from raw writes, live and in a replay', async () => {
  clean(() => {})
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 9 }), async (acts) => {
      expect(await heard('ws', acts)).toEqual(await heard('raw', acts))
    }),
    { numRuns: runs(12) },
  )
})
