import { expect, test } from 'vitest'
import { readFlags } from '../../src/cli/flags.ts'
import { serviceOf } from '../../src/cli/service-client.ts'

const wanted = { lang: 'texts', topic: 'texts', level: 'text', json: 'yes' } as const

test('the words of the surface are taken for the flags', () => {
  const { flags } = readFlags(['--languages', 'fa,en', '--topics=iran', '--json'], wanted, 0)
  expect(flags).toEqual({ lang: ['fa,en'], topic: ['iran'], level: undefined, json: true })
})

test('after -- every word is as it is', () => {
  expect(readFlags(['--', '--languages'], wanted, 1).rest).toEqual(['--languages'])
})

test('a flag that is not known names the nearest; one given twice is refused', () => {
  expect(() => readFlags(['--levle', 'flash'], wanted, 0)).toThrow('Did you mean --level?')
  expect(() => readFlags(['--languages', 'fa'], { level: 'text' }, 0)).toThrow('There is no flag --languages.')
  expect(() => readFlags(['--level', 'flash', '--level', 'urgent'], wanted, 0)).toThrow('once only')
})

test.each(['-50 %', '- said nobody', '--- three', '-1', '−5', '--50 %'])(
  'a value may begin with a dash: %s',
  (value) => {
    expect(readFlags(['--level', value, '--json'], wanted, 0).flags).toMatchObject({ level: value, json: true })
    expect(readFlags([`--level=${value}`], wanted, 0).flags).toMatchObject({ level: value })
    expect(readFlags(['--lang', 'fa', '--lang', value], wanted, 0).flags).toMatchObject({ lang: ['fa', value] })
  },
)

test.each(['--json', '--levle', '-j'])('what looks like a flag is not a value: %s', (arg) => {
  expect(() => readFlags(['--level', arg], wanted, 0)).toThrow()
  expect(readFlags([`--level=${arg}`], wanted, 0).flags).toMatchObject({ level: arg })
})

test.each<[string, string | undefined, string | undefined, string]>([
  [
    'the flag, though the environment says another',
    'https://flag.example',
    'https://env.example',
    'https://flag.example/',
  ],
  ['the environment where there is no flag', undefined, 'https://env.example/a', 'https://env.example/a/'],
  ['this machine where there is neither', undefined, undefined, 'http://localhost:3000/'],
])('the service is found by %s', (_, flag, TOCSIN_URL, url) => {
  expect(serviceOf(flag, { env: { TOCSIN_URL } }).url.href).toBe(url)
})

test('an address that is none is refused, and the other one does not stand in for it', () => {
  expect(() => serviceOf('flag.example', { env: { TOCSIN_URL: 'https://env.example' } })).toThrow('“flag.example”')
  expect(() => serviceOf(undefined, { env: { TOCSIN_URL: 'ftp://env.example' } })).toThrow('“ftp://env.example”')
})
