import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { untrustedText } from '../../src/cli/shell.ts'
import { nearest } from '../../src/domain/parsing/nearest.ts'
import { tocsin } from '../support/processes/cli.ts'

const commands = [
  'serve',
  'publish',
  'update',
  'correct',
  'retract',
  'listen',
  'editors',
  'sessions',
  'audit',
  'subscriptions',
  'doctor',
  'demo',
]

describe('the command line', () => {
  test.each(commands)('%s explains itself, with an example where it takes anything', async (name) => {
    for (const args of [
      [name, '--help'],
      [name, '-h'],
      ['help', name],
    ]) {
      const { code, out, err } = await tocsin(args)
      expect([code, err]).toEqual([0, ''])
      expect(out).toContain(`tocsin ${name}`)
      if (name !== 'demo') expect(out).toMatch(/Examples?:/)
    }
  })

  test.each([
    [['editors', 'add', '--role', 'writter'], 'editors add --help'],
    [['editors', 'add', '--nme', 'x'], 'editors add --help'],
    [['editors', 'revoke'], 'editors revoke --help'],
    [['editors', 'ad'], 'editors --help'],
    [['subscriptions', 'import'], 'subscriptions import --help'],
    [['publish', '--lvl', 'flash'], 'publish --help'],
    [['pubish'], '--help'],
  ])('after the mistake in %j the hint names the help of that command', async (args, hint) => {
    const { code, err } = await tocsin(args)
    expect(code).toBe(2)
    expect(err.trim().split('\n').at(-1)).toBe(`How it is used: npx tocsin ${hint}`)
    const help = await tocsin(hint.split(' '))
    expect([help.code, help.out]).toEqual([0, expect.stringContaining('Usage')])
  })

  test('help names every command', async () => {
    const { code, out } = await tocsin(['--help'])
    expect(code).toBe(0)
    for (const name of commands) expect(out).toContain(`\n  ${name}`)
  })

  test.each([['-v'], ['-V'], ['--version'], ['version'], ['--no-color', '--version']])(
    '%s prints the version',
    async (...args) => {
      const { code, out } = await tocsin(args)
      expect([code, out]).toEqual([0, expect.stringMatching(/^tocsin \d+\.\d+\.\d+$/)])
    },
  )

  test.each([
    ['publish', '--headline', 'x', '--version'],
    ['publish', '--version', '--no-color'],
    ['listen', '-V'],
    ['retract', 'an-id', '--lang', 'en', '--note', 'x', '-V'],
    ['update', 'an-id', '--version', '--level', 'flash'],
  ])('%s %s … is no question for the program’s version: it is refused, and not taken for done', async (...args) => {
    const { code, out, err } = await tocsin(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/unknown option|--alert-version/)
  })

  test.each([
    ['editors', 'add'],
    ['audit', 'list'],
    ['subscriptions', 'import'],
  ])('%s %s explains itself', async (...words) => {
    for (const args of [
      [...words, '--help'],
      [...words, '-h'],
    ]) {
      const { code, out } = await tocsin(args)
      expect([code, out]).toEqual([0, expect.stringContaining(`npx tocsin ${words.join(' ')} [options]`)])
    }
  })

  test('no command at all is wrong usage, with the same help', async () => {
    const { code, out, err } = await tocsin([])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage: npx tocsin <command>')
  })

  test.each([
    [['pubish'], 'Did you mean publish?'],
    [['retrcat'], 'Did you mean retract?'],
    [['constructor'], "unknown command 'constructor'"],
    [['publish', '--headlin', 'x'], 'Did you mean --headline?'],
    [['listen', '--count', '0'], 'It is a whole number'],
    [['listen', '--level', 'high'], 'Allowed choices are flash, urgent, routine'],
    [['listen', '--level'], 'argument missing'],
    [['listen', 'now'], 'too many arguments'],
    [['listen', '--after', 'a.1', '--after', 'a.2'], 'It can be given only once'],
    ...['.0', 'garbage', 'K3F9.1', 'a b.1', 'k3f9.01', ''].flatMap((cursor): [string[], string][] => [
      [['listen', '--after', cursor], 'It is a cursor such as k3f9.912'],
      [['listen', '--lang', 'en', '--verify', '--after', cursor], 'It is a cursor such as k3f9.912'],
    ]),
    [['listen', '--test', '--transport', 'socket'], '--transport socket does not go with --test'],
    [['listen', '--test', '--transport', 'socket', '--verify'], '--transport socket does not go with --test'],
    [['publish', '--level', 'urgent'], 'at least a --level, a --lang and a --headline'],
    [['publish', '--level', 'urgent', '--headline', 'x'], 'in which language'],
    [['publish', '--lang', 'en', '--summary', 'x'], 'at least a --level'],
    [['publish', 'a.json', '--level', 'flash'], 'not both'],
    [['publish', '--note', 'x'], "unknown option '--note'"],
    [['publish', '--headline', '--lang', 'en'], 'argument missing'],
    [['correct'], "missing required argument 'id'"],
    [['help', 'pubish'], "unknown command 'pubish'"],
    [['editors'], 'Usage: npx tocsin editors'],
    [['correct', 'id', '--lang', 'en', '--headline', 'x'], 'what was wrong'],
    [['editors', 'lst'], 'Did you mean list?'],
    [['editors', 'add', '--name', 'x'], '--role'],
    [['editors', 'add', '--name', 'x', '--role', 'boss'], 'Allowed choices are writer, editor, admin'],
    [['sessions'], 'Usage: npx tocsin sessions'],
    [['sessions', 'end'], "missing required argument 'id'"],
    [['editors', 'revoke'], "missing required argument 'id'"],
    [['listen', '--url', 'ftp://x'], 'no address of a service'],
  ])('%j is wrong usage: exit code 2 and the way out', async (args, sentence) => {
    const { code, out, err } = await tocsin(args, { env: { TOCSIN_KEY: 'k' } })
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(sentence)
  })

  test('without a key an editor’s command says how to give one, and asks nobody', async () => {
    const { code, err } = await tocsin(['editors', 'list'], { env: { TOCSIN_URL: 'http://127.0.0.1:1' } })
    expect(code).toBe(1)
    expect(err).toContain('export TOCSIN_KEY')
  })

  test.each([
    [['nonsense'], 2],
    [['--help'], 0],
    [['editors', 'list', '--url', 'http://127.0.0.1:1'], 1],
  ])('as a program, %j ends with exit code %i and no stack', (args, code) => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      encoding: 'utf8',
      env: { TOCSIN_KEY: 'k' },
    })
    expect(status).toBe(code)
    expect(stdout + stderr).not.toMatch(/\n\s+at |\p{Cc}\[/u)
  })
})

describe('the nearest word', () => {
  test('is the word itself, and for one letter off still the word', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...commands),
        fc.nat(),
        fc.constantFrom('drop', 'swap', 'change'),
        (word, place, slip) => {
          const at = place % (word.length - 1)
          const slips = {
            drop: word.slice(0, at) + word.slice(at + 1),
            swap: word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2),
            change: `${word.slice(0, at)}-${word.slice(at + 1)}`,
          }
          expect(nearest(word, commands)).toBe(word)
          expect(nearest(slips[slip], commands)).toBe(word)
        },
      ),
    )
  })

  test('is none for a word far from all', () => {
    expect(nearest('weather', commands)).toBeUndefined()
  })
})

test('a text from outside cannot move the cursor, colour the screen or turn the line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, styled) => {
      const shown = untrustedText({ styled }, `${text}\x1b[2J\u202e`)
      expect(shown.replace(/^\u2068|\u2069$/g, '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})
