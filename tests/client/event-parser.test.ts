import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventParser } from '../../src/client/event-parser.ts'
import { eventCharsMax } from '../../src/protocol/event-encoding.ts'
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

/** The data of the events in a text that comes in these pieces. */
function dataOf(pieces: readonly string[]): string[] {
  const found: string[] = []
  const parser = eventParser((data) => found.push(data))
  for (const piece of pieces) parser.feed(piece)
  return found
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
          expect(dataOf(cut(text, places))).toEqual(events.map(({ data }) => data.join('\n')))
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
        expect(dataOf(cut(text, places))).toEqual(dataOf([text]))
      }),
      { numRuns: runs(500) },
    )
  })

  test.each<[string, string, string[]]>([
    ['an event that the end cuts off is not given', 'data: a\n', []],
    ['a space after the colon is not part of the value, a second one is', 'data:  a\n\n', [' a']],
    ['a line without a colon is a field without a value', 'data\ndata\n\n', ['\n']],
    ['an event without data is none', 'event: x\nid: 1\n\ndata: a\n\n', ['a']],
    ['a field that is not known, a retry that is no number and a comment are passed over', 'x: 1\nretry: x\n:\n\n', []],
    ['a byte-order mark at the start is passed over', '\ufeffdata: a\n\n', ['a']],
  ])('%s', (_, text, data) => {
    expect(dataOf([text])).toEqual(data)
  })

  test('counts each event for itself, whether it was given or was none', () => {
    const large = 'x'.repeat(Math.floor(eventCharsMax * 0.6))
    const pieces = [1, 2, 3, 4].flatMap((nth) => [`data: ${large}\n`, '\n', `event: ${nth}\n\n`])
    expect(dataOf(pieces)).toEqual([large, large, large, large])
  })

  test('refuses an event without end, on one line or on many', () => {
    expect(() => dataOf([`data: ${'x'.repeat(eventCharsMax)}`])).toThrow(RangeError)
    const line = `data: ${'x'.repeat(1_000)}\n`
    expect(() => dataOf(Array(Math.ceil(eventCharsMax / 1_000)).fill(line))).toThrow(RangeError)
  })

  test('keeps no more than the limit of a comment or an unknown field without end', () => {
    // Neither is refused, because the library does not keep them: there is nothing to limit.
    const piece = 'x'.repeat(eventCharsMax / 4)
    expect(dataOf([':', ...Array(8).fill(piece), '\n', 'data: a\n\n'])).toEqual(['a'])
    expect(dataOf(['unknown: ', ...Array(8).fill(piece), '\n', 'data: b\n\n'])).toEqual(['b'])
  })
})
