import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson, parseJsonBytes } from '../../../src/domain/parsing/json.ts'
import { runs } from '../../support/effort.ts'
import { refusalOf } from '../../support/refusal.ts'

const pointersOf = (text: string) => refusalOf(() => parseJson(text)).errors.map(({ pointer }) => pointer)

test.each([
  ['at the top', '{"audience":"test","audience":"public"}', '/audience'],
  ['with equal values', '{"a":1,"a":1}', '/a'],
  ['one of them escaped', '{"audi\\u0065nce":"test","audience":"public"}', '/audience'],
  ['both escaped', '{"\\u0061":1,"\\u0061":2}', '/a'],
  ['deep inside', '{"texts":{"en":{"headline":"a","summary":"b","headline":"c"}}}', '/texts/en/headline'],
  ['in a list', '[{"a":1},{"b":1,"c":[],"b":2}]', '/1/b'],
  ['after a list', '{"a":[1,{"x":1}],"b":{},"a":2}', '/a'],
  ['with strange letters', '{"a/b~":1,"a/b~":2}', '/a~1b~0'],
  ['empty', '{"":1,"":2}', '/'],
  ['in white space', '{ "a" : 1 ,\n "a" : 2 }', '/a'],
  ['around texts that look like structure', '{"a":"{\\"b\\":1,","b":"]","a":"\\\\"}', '/a'],
  ['of what objects have anyhow', '{"constructor":1,"constructor":2}', '/constructor'],
  ['three times', '{"a":1,"a":2,"a":3}', '/a'],
])('a name that occurs twice %s is refused, with a pointer to it', (_, text, pointer) => {
  expect(pointersOf(text)).toContain(pointer)
})

test('every such name is reported with its pointer', () => {
  expect(pointersOf('{"a":{"x":1,"x":2},"b":[{"y":1,"y":2}],"a":3}')).toEqual(['/a/x', '/b/0/y', '/a'])
})

test.each([
  '{"a":1,"A":2}',
  '{"a":{"a":{"a":1}},"b":{"a":1}}',
  '[{"a":1},{"a":1}]',
  '["a","a","a"]',
  '{"a":"b","b":"a"}',
])('the same name at other places is no fault: %s', (text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text))
})

test.each(['{"__proto__":{"a":1}}', '{"a":[{"__pr\\u006fto__":1}]}', '{"texts":{"__proto__":{"headline":"x"}}}'])(
  '%s is refused, not dropped: __proto__ is no name of ours',
  (text) => {
    expect(pointersOf(text)[0]).toMatch(/__proto__$/)
  },
)

test('other names that objects have anyhow come through as what they are', () => {
  const text = '{"constructor":1,"toString":{"valueOf":2},"hasOwnProperty":[3]}'
  expect(Object.keys(parseJson(text) as object)).toEqual(['constructor', 'toString', 'hasOwnProperty'])
})

test.each([
  ['a high half', '{"a":{"b":"x\\ud83d"}}', '/a/b'],
  ['a low half', '["\\udc00"]', '/0'],
  ['the halves in the wrong order', '{"a":"\\ude00\\ud83d"}', '/a'],
  ['a high half before a letter', '{"a":"\\ud83dx\\ude00"}', '/a'],
  ['half in capitals', '{"a":"\\uD83D"}', '/a'],
  ['half as it stands', '{"a":"\ud83d"}', '/a'],
  ['half in a name', '{"\\ud83d":1}', '/\ufffd'],
])('%s of a surrogate pair is refused', (_, text, pointer) => {
  expect(pointersOf(text)).toEqual([pointer])
})

test('a whole pair is taken, escaped or not, as is an escaped backslash before u', () => {
  expect(parseJson('["\\ud83d\\ude00","😀","\\\\ud83d"]')).toEqual(['😀', '😀', '\\ud83d'])
})

test('thirty-two lists in each other are taken, thirty-three are not, and ten thousand do no harm', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  expect(parseJson(nested(32))).toEqual(JSON.parse(nested(32)))
  expect(refusalOf(() => parseJson(nested(33))).message).toContain('deep')
  expect(refusalOf(() => parseJson(nested(10_000))).message).toContain('deep')
  expect(refusalOf(() => parseJson(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).message).toContain('deep')
})

test('one byte-order mark is passed over, a second one is none', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  expect(parseJson('\ufeff{"a":1}')).toEqual({ a: 1 })
  expect(parseJsonBytes(bytes('\ufeff{"a":1}'))).toEqual({ a: 1 })
  expect(parseJson('{"a":"\ufeff"}')).toEqual({ a: '\ufeff' })
  for (const text of ['\ufeff\ufeff{}', '{}\ufeff', '\ufeff'])
    for (const act of [() => parseJson(text), () => parseJsonBytes(bytes(text))])
      expect(refusalOf(act).code).toBe('malformed-json')
})

test.each([
  ['a lone continuation', [0x22, 0x80, 0x22]],
  ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
  ['a sequence cut off', [0x22, 0xe2, 0x80, 0x22]],
  ['Latin-1', [0x22, 0xe9, 0x22]],
  ['UTF-16', [0x7b, 0x00, 0x7d, 0x00]],
])('bytes that are no UTF-8 (%s) are refused and not mended', (_, bytes) => {
  expect(refusalOf(() => parseJsonBytes(Uint8Array.from(bytes)))).toMatchObject({ status: 400, code: 'malformed-json' })
})

test('what JSON.parse writes and reads comes through the same', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme' }), (value) => {
      const text = JSON.stringify(value)
      if (text.includes('"__proto__":')) return
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }),
    { numRuns: runs(500) },
  )
})

test('a name doubled anywhere in any text is found', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'b', '"', '\\', '{', '}', '[', ',', ':', '\u2028', 'é'),
    maxLength: 6,
  })
  const inner = fc.oneof(
    fc.constant('1'),
    name.map((text) => JSON.stringify(text)),
    fc.constant('[{"x":"]"},{"x":"}"}]'),
  )
  fc.assert(
    fc.property(name, inner, inner, fc.nat({ max: 5 }), (doubled, one, two, depth) => {
      if (doubled === '__proto__') return
      const escaped = `"${[...doubled].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
      const object = `{${JSON.stringify(doubled)}:${one},"other ${doubled.length}":[],${escaped}:${two}}`
      const text = `${'[0,{"in":'.repeat(depth)}${object}${'}]'.repeat(depth)}`
      expect(pointersOf(text)).toHaveLength(1)
    }),
    { numRuns: runs(500) },
  )
})
