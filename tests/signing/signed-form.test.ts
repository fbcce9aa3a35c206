import { expect, test } from 'vitest'
import { signedBytes } from '../../src/signing/signed-form.ts'

const text = (form: object) => new TextDecoder().decode(signedBytes(form))

test('the example of RFC 8785 §3.2.2 is written as §3.2.3 says', () => {
  const form = JSON.parse(
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  )
  expect(text(form)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('names are sorted by UTF-16 code units, as RFC 8785 §3.2.3 asks', () => {
  const names = ['€', '\r', '\ufb33', '1', '😀', '\u0080', 'ö']
  const sorted = ['\r', '1', '\u0080', 'ö', '€', '😀', '\ufb33']
  expect(Object.keys(JSON.parse(text(Object.fromEntries(names.map((name) => [`${name}.`, 0])))))).toEqual(
    sorted.map((name) => `${name}.`),
  )
})

test('a field that is undefined is left out, as in the JSON that travels', () => {
  expect(text({ b: undefined, a: 1 })).toBe('{"a":1}')
})
