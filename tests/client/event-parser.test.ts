import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventCharsMax, eventParser, type StreamEvent } from '../../src/client/event-parser.ts'
import { parseFrame } from '../../src/client/server-messages.ts'
import { runs } from '../support/effort.ts'

const field = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n\0]/g, ''))
const lineEnd = fc.constantFrom('\n', '\r', '\r\n')
const anEvent = fc.record({
  event: field.filter((name) => name !== ''),
  data: fc.array(field, { minLength: 1, maxLength: 4 }),
  id: field,
  comment: field,
})

function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length))
}

describe('the event-stream parser', () => {
  test('gives what was written, wherever the text is cut and however the lines end', () => {
    fc.assert(
      fc.property(
        fc.array(anEvent, { maxLength: 6 }),
        lineEnd,
        fc.array(fc.nat(), { maxLength: 12 }),
        (events, end, places) => {
          const text = events
            .map(({ event, data, id, comment }) =>
              [`:${comment}`, `id: ${id}`, `event: ${event}`, ...data.map((line) => `data: ${line}`), '', ''].join(end),
            )
            .join('')
          const parser = eventParser()
          const found = cut(text, places).flatMap((piece) => parser.push(piece))
          expect(found).toEqual(events.map(({ event, data, id }) => ({ event, data: data.join('\n'), id })))
        },
      ),
      { numRuns: runs(300) },
    )
  })

  test('gives the same events for any text however it is cut', () => {
    const noise = fc.string({
      unit: fc.constantFrom('\r', '\n', ':', ' ', 'data', 'id', 'event', 'a', '\ufeff', '\0'),
      maxLength: 60,
    })
    fc.assert(
      fc.property(noise, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
        const whole = eventParser().push(text)
        const parser = eventParser()
        expect(cut(text, places).flatMap((piece) => parser.push(piece))).toEqual(whole)
      }),
      { numRuns: runs(500) },
    )
  })

  test.each<[string, string, StreamEvent[]]>([
    ['an event that the end cuts off is not given', 'data: a\n', []],
    [
      'a space after the colon is not part of the value, a second one is',
      'data:  a\n\n',
      [{ event: 'message', data: ' a', id: '' }],
    ],
    ['a line without a colon is a field without a value', 'data\ndata\n\n', [{ event: 'message', data: '\n', id: '' }]],
    [
      'an event without data is none, and its name does not stay',
      'event: x\n\ndata: a\n\n',
      [{ event: 'message', data: 'a', id: '' }],
    ],
    [
      'the id stays for the events after it',
      'id: 1\ndata: a\n\ndata: b\n\n',
      [
        { event: 'message', data: 'a', id: '1' },
        { event: 'message', data: 'b', id: '1' },
      ],
    ],
    ['an id with a null is passed over', 'id: 1\0\ndata: a\n\n', [{ event: 'message', data: 'a', id: '' }]],
    ['a byte-order mark at the start is passed over', '\ufeffdata: a\n\n', [{ event: 'message', data: 'a', id: '' }]],
  ])('%s', (_, text, events) => {
    expect(eventParser().push(text)).toEqual(events)
  })

  test('counts each event for itself, whether it was given or was none', () => {
    const parser = eventParser()
    const large = 'x'.repeat(Math.floor(eventCharsMax * 0.6))
    for (let nth = 0; nth < 4; nth += 1) {
      expect(parser.push(`data: ${large}\n\n`)).toHaveLength(1)
      expect(parser.push(`event: ${nth}\n\n`)).toEqual([])
    }
  })

  test('refuses an event without end, on one line or on many', () => {
    expect(() => eventParser().push(`data: ${'x'.repeat(eventCharsMax)}`)).toThrow(RangeError)
    const parser = eventParser()
    const line = `data: ${'x'.repeat(1_000)}\n`
    expect(() => {
      for (let count = 0; count <= eventCharsMax / 1_000; count += 1) parser.push(line)
    }).toThrow(RangeError)
  })
})

describe('a frame', () => {
  test('is read, passed over or refused with a SyntaxError, whatever the text', () => {
    const json = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record(
          {
            type: fc.constantFrom(
              'welcome',
              'alert',
              'live',
              'head',
              'reset',
              'error',
              'goodbye',
              'interest',
              '__proto__',
              'toString',
            ),
            cursor: fc.constantFrom('e.1', 'e', 1, null),
            seq: fc.constantFrom(1, 2, 'x'),
            head: fc.constantFrom('e.9', 9),
            heartbeatSeconds: fc.constantFrom(25, 0, 'x'),
            resume: fc.constantFrom('live', 'toString'),
            alert: fc.constantFrom({}, null),
            reconnectAfterMs: fc.constantFrom(1, -1),
          },
          { requiredKeys: [] },
        )
        .map((frame) => JSON.stringify(frame)),
    )
    fc.assert(
      fc.property(json, (text) => {
        try {
          const frame = parseFrame(text)
          if (frame?.type === 'live' || frame?.type === 'head') expect(frame.cursor).toBe('e.1')
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
      }),
      { numRuns: runs(1_000) },
    )
  })

  test('of a word that is not known here is passed over', () => {
    expect(parseFrame('{"type":"weather","cursor":7}')).toBeNull()
  })

  test('whose seq and cursor disagree is refused', () => {
    const frame = { type: 'alert', seq: 4, cursor: 'e.5', kind: 'alert', at: '2026-01-01T00:00:00.000Z', alert: {} }
    expect(() => parseFrame(JSON.stringify(frame))).toThrow(SyntaxError)
    expect(parseFrame(JSON.stringify({ ...frame, seq: 5 }))).toMatchObject({ seq: 5 })
  })
})
