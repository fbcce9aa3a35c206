import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runs } from '../../support/effort.ts'
import { EventCounter } from './event-counter.ts'
import { alertBytesMin, FrameCounter } from './frame-counter.ts'
import { median, summaryOf, tableOf } from './summary.ts'

/** A frame as servers send it: whole and unmasked (RFC 6455 §5.2). */
function frame(opcode: number, length: number): Buffer {
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, Buffer.alloc(length, 'x')])
}

describe('the bench counts', () => {
  test('every frame once, wherever the chunks are cut', () => {
    const oneFrame = fc.record({
      opcode: fc.constantFrom(1, 1, 1, 9),
      length: fc.constantFrom(0, 1, 125, 126, 299, 300, 508, 65_535, 65_536),
    })
    fc.assert(
      fc.property(fc.array(oneFrame, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 8 }), (frames, places) => {
        const bytes = Buffer.concat(
          frames.map(({ opcode, length }) => frame(opcode, opcode === 9 ? length % 126 : length)),
        )
        const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
        const heard = { alerts: 0, small: 0, pings: 0 }
        const counter = new FrameCounter()
        for (const [index, start] of cuts.entries())
          counter.take(bytes.subarray(start, cuts[index + 1] ?? bytes.length), {
            onAlert() {
              heard.alerts += 1
            },
            onSmall() {
              heard.small += 1
            },
            onPing() {
              heard.pings += 1
            },
          })
        const texts = frames.filter(({ opcode }) => opcode === 1)
        const alerts = texts.filter(({ length }) => length >= alertBytesMin).length
        expect(heard).toEqual({ alerts, small: texts.length - alerts, pings: frames.length - texts.length })
      }),
      { numRuns: runs(300) },
    )
  })

  test('every alert of an event stream once, wherever the chunks are cut', () => {
    const texts = {
      alert: `{"type":"alert","seq":1,"alert":{"headline":"x"}}`,
      head: `{"type":"head","cursor":"e.1"}`,
      live: `{"type":"live","cursor":"e.1"}`,
    }
    const oneEvent = fc.constantFrom('alert' as const, 'alert' as const, 'head' as const, 'live' as const)
    fc.assert(
      fc.property(fc.array(oneEvent, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (events, places) => {
        const bytes = Buffer.from(events.map((event) => `id: 1\ndata: ${texts[event]}\n\n\r\n`).join(''))
        const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
        const counter = new EventCounter()
        const heard = { alerts: 0, greetings: 0 }
        for (const [index, start] of cuts.entries()) {
          const { alerts, greetings } = counter.take(bytes.subarray(start, cuts[index + 1] ?? bytes.length))
          heard.alerts += alerts
          heard.greetings += greetings
        }
        const countOf = (wanted: string) => events.filter((event) => event === wanted).length
        expect(heard).toEqual({ alerts: countOf('alert'), greetings: countOf('head') })
      }),
      { numRuns: runs(300) },
    )
  })

  test('a close as the end of the measurement', () => {
    expect(() => new FrameCounter().take(frame(8, 2), { onAlert() {}, onSmall() {}, onPing() {} })).toThrow('closed')
  })
})

describe('the bench’s summary', () => {
  test('is of medians', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
  })

  test('shows ratios to plain ws and to the floor', () => {
    const round = (cpuMicroseconds: number) => ({ cpuMicroseconds, halfMs: 1, lastMs: cpuMicroseconds })
    const visit = (cpu: number) => ({
      connectCpuMicroseconds: 1,
      idleRssKib: 1,
      first: round(cpu * 3),
      warm: [round(cpu)],
    })
    const summaries = [
      summaryOf('floor', [visit(10)]),
      summaryOf('tocsin', [visit(12)]),
      summaryOf('ws-send', [visit(20)]),
    ]
    const [, , , tocsin] = tableOf(summaries, 5).split('\n')
    expect(tocsin?.split(/\s{2,}/)).toEqual([
      'tocsin',
      '12.00 µs',
      '× 0.60',
      '× 1.20',
      '–',
      '12.0 ms',
      '× 0.60',
      '36.0 ms',
      '× 3.00',
      '× 3.00',
      '1.0 KiB',
      '1 µs',
    ])
  })
})
