import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { integerOption, listOption, oneOf, Program, singleOption } from '../../src/cli/command-line.ts'
import { serviceOf } from '../../src/cli/service-client.ts'

/** Reads arguments of a command with an option of each kind. Throws what commander would have printed. */
function read(...args: string[]) {
  const command = new Program('npx tocsin')
    .argument('[word]')
    .addOption(listOption('--lang <tags>', ''))
    .addOption(listOption('--topic <topics>', ''))
    .addOption(oneOf('--level <level>', '', ['flash', 'urgent']))
    .addOption(singleOption('--headline <text>', ''))
    .addOption(singleOption('--summary <text>', ''))
    .option('--no-summary')
    .addOption(integerOption('--count <number>', '', 1_000))
    .option('--json')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action(() => {})
  command.parse(args, { from: 'user' })
  return { options: command.opts(), words: command.args }
}

test('the names of the service’s parameters are taken for the options', () => {
  const { options } = read('--languages', 'fa,en', '--topics=iran', '--json')
  expect(options).toEqual({ lang: ['fa', 'en'], topic: ['iran'], json: true })
  expect(read('--language', 'fa').options).toMatchObject({ lang: ['fa'] })
})

test('a list is given with commas, again and again, or both', () => {
  expect(read('--lang', 'fa, en', '--lang', 'ru,').options).toMatchObject({ lang: ['fa', 'en', 'ru'] })
  expect(read().options).toEqual({})
})

test('after -- every word is as it is', () => {
  expect(read('--', '--languages').words).toEqual(['--languages'])
})

test.each<[string[], string]>([
  [['--levle', 'flash'], 'Did you mean --level?'],
  [['--weather'], "unknown option '--weather'"],
  [['--level', 'flash', '--level', 'urgent'], 'only once'],
  [['--level', 'high'], 'Allowed choices are flash, urgent'],
  [['--count', '0'], 'whole number from 1 to 1000'],
  [['--count', '1001'], 'whole number'],
  [['--count', '1e2'], 'whole number'],
  [['--headline'], 'argument missing'],
  [['one', 'two'], 'too many arguments'],
  [['--summary', 'x', '--no-summary'], 'not both'],
  [['--no-summary', '--summary=x'], 'not both'],
  [['--headline', 'a\ufffdb'], 'not UTF-8'],
])('%j is refused in words', (args, sentence) => {
  expect(() => read(...args)).toThrow(CommanderError)
  expect(() => read(...args)).toThrow(sentence)
})

test.each(['-50 %', '- said nobody', '--- three', '-1', '−5', '--50 %'])(
  'a value may begin with a dash: %s',
  (value) => {
    expect(read('--headline', value, '--json').options).toMatchObject({ headline: value, json: true })
    expect(read(`--headline=${value}`).options).toMatchObject({ headline: value })
    expect(read('--lang', 'fa', '--headline', value).options).toMatchObject({ lang: ['fa'], headline: value })
  },
)

test.each(['--json', '--levle', '-j', '--'])(
  'what looks like an option is not a value, but with an equals sign: %s',
  (arg) => {
    expect(() => read('--headline', arg)).toThrow('argument missing')
    expect(read(`--headline=${arg}`).options).toMatchObject({ headline: arg })
  },
)

test('an option that takes a field out is false, and absent when it is not given', () => {
  expect(read('--no-summary').options).toMatchObject({ summary: false })
  expect(read('--summary', 'x').options).toMatchObject({ summary: 'x' })
  expect(read().options).not.toHaveProperty('summary')
})

test.each<[string, string | undefined, string | undefined, string]>([
  [
    'the option, though the environment says another',
    'https://flag.example',
    'https://env.example',
    'https://flag.example/',
  ],
  ['the environment where there is no option', undefined, 'https://env.example/a', 'https://env.example/a/'],
  ['this machine where there is neither', undefined, undefined, 'http://localhost:3000/'],
])('the service is found by %s', (_, flag, TOCSIN_URL, url) => {
  expect(serviceOf(flag, { env: { TOCSIN_URL } }).url.href).toBe(url)
})

test('an address that is none is refused, and the other one does not stand in for it', () => {
  expect(() => serviceOf('flag.example', { env: { TOCSIN_URL: 'https://env.example' } })).toThrow('“flag.example”')
  expect(() => serviceOf(undefined, { env: { TOCSIN_URL: 'ftp://env.example' } })).toThrow('“ftp://env.example”')
})
