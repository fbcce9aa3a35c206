import { expect, test } from 'vitest'
import {
  contentOf,
  FrameReader,
  FrameWriter,
  flag,
  frameType,
  setting,
} from '../../../../src/node/push/http2/http2-frames.ts'
import { Http2Uploads } from '../../../../src/node/push/http2/http2-uploads.ts'

/** Uploads whose frames are read as they are written. */
function setUp() {
  const reader = new FrameReader()
  const sent = new Map<number, { bytes: number[]; hasEnded: boolean }>()
  let largest = 0
  const writer = new FrameWriter((bytes) =>
    // The reader of our own takes no larger frame than we let a peer send; here only sizes matter.
    reader.read(bytes, (frame) => {
      const stream = sent.get(frame.stream) ?? { bytes: [], hasEnded: false }
      sent.set(frame.stream, stream)
      if (frame.type === frameType.data) {
        largest = Math.max(largest, frame.payload.length)
        stream.bytes.push(...contentOf(frame))
      }
      if (frame.flags & flag.endStream) stream.hasEnded = true
    }),
  )
  const uploads = new Http2Uploads('push.example', writer)
  const body = (length: number) => Uint8Array.from({ length }, (_, at) => at % 251)
  return {
    uploads,
    begin: (stream: number, length: number) =>
      uploads.begin(stream, `/${stream}`, { endpoint: '', headers: { ttl: '60' }, body: body(length) }),
    /** How much of each stream's body is out, and whether it has ended. */
    sent(stream: number): readonly [bytes: number, hasEnded: boolean] {
      writer.flush()
      const it = sent.get(stream)
      expect(it?.bytes).toEqual([...body(it?.bytes.length ?? 0)])
      return [it?.bytes.length ?? 0, it?.hasEnded ?? false]
    },
    largest: () => largest,
  }
}

test.each([
  ['wider', 12_000, 2_000],
  ['as it was', 10_000, 0],
  ['narrower', 7_000, 0],
])('a window of streams that becomes %s counts what was sent in the old one (RFC 9113 §6.9.2)', (_, window, more) => {
  const { uploads, begin, sent } = setUp()
  uploads.setting(setting.windowBytes, 10_000)
  begin(1, 25_000)
  expect(sent(1)).toEqual([10_000, false])
  uploads.setting(setting.windowBytes, window)
  uploads.go()
  expect(sent(1)).toEqual([10_000 + more, false])
  // A window may be below nothing; what is given then fills it up first.
  uploads.widen(1, 4_000)
  uploads.go()
  expect(sent(1)).toEqual([Math.max(window + 4_000, 10_000), false])
  uploads.widen(1, 20_000)
  uploads.go()
  expect(sent(1)).toEqual([25_000, true])
})

test('three windows one after the other are counted one after the other', () => {
  const { uploads, begin, sent } = setUp()
  uploads.setting(setting.windowBytes, 100)
  begin(1, 1_000)
  for (const [window, out] of [
    [300, 300],
    [200, 300],
    [450, 450],
  ] as const) {
    uploads.setting(setting.windowBytes, window)
    uploads.go()
    expect(sent(1)).toEqual([out, false])
  }
})

test('the window of the connection is one for all streams, and its last byte is used', () => {
  const { uploads, begin, sent } = setUp()
  uploads.setting(setting.windowBytes, 60_000)
  begin(1, 40_000)
  begin(3, 40_000)
  // 65,535 to begin with (§6.9.2).
  expect([sent(1), sent(3)]).toEqual([
    [40_000, true],
    [25_535, false],
  ])
  begin(5, 0)
  expect(sent(5), 'what has no body waits for nobody').toEqual([0, true])
  uploads.widen(0, 14_464)
  uploads.go()
  expect(sent(3)).toEqual([39_999, false])
  uploads.widen(0, 1)
  uploads.go()
  expect(sent(3)).toEqual([40_000, true])
})

test('no frame is larger than the service takes, however large the window', () => {
  const { begin, sent, largest } = setUp()
  begin(1, 50_000)
  expect(sent(1)).toEqual([50_000, true])
  expect(largest()).toBe(16_384)
})

test('a window that grows past 2^31-1 is the service’s mistake', () => {
  const { uploads, begin } = setUp()
  begin(1, 100_000)
  expect(() => uploads.widen(0, 0x7fff_ffff)).not.toThrow()
  expect(() => uploads.widen(0, 0x7fff_ffff)).toThrow('a window larger than allowed')
  expect(() => uploads.setting(setting.windowBytes, 0x8000_0000)).toThrow('a window larger than allowed')
})
