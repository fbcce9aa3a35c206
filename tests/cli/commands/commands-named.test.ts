import { existsSync, globSync, readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { tocsin } from '../../support/processes/cli.ts'

// Whatever a message or a document tells a person to type works as it stands there.

const places = ['src/**/*.{ts,mjs}', '*.md', 'deploy/**', 'docs/**/*.md', 'wrangler.toml']
const files = globSync(places, { exclude: ['src/client/dist/**'] }).filter((path) => /\.\w+$/.test(path))
const lines = files.flatMap((path) =>
  readFileSync(path, 'utf8')
    .replaceAll('\\\\\n', ' ')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((text) => ({ path, text })),
)

type Named = { readonly path: string; readonly words: readonly string[]; readonly flags: readonly string[] }
const named: Named[] = lines.flatMap(({ path, text }) =>
  [...text.matchAll(/npx tocsin ([^`|#]*)/g)].map(([, rest = '']) => ({
    path,
    words: (/^[\s\w-]*/.exec(rest)?.[0] ?? '').trim().split(/\s+/).filter(Boolean),
    flags: [...rest.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag),
  })),
)

/** The words of a command line that are the command: two for `editors add` and the like. */
const commandOf = ([command = '', sub = '']: readonly string[]) =>
  ['editors', 'items', 'audit', 'sessions', 'signing-key', 'webhooks', 'subscriptions'].includes(command) && sub !== ''
    ? `${command} ${sub}`
    : command

const helpOf = new Map<string, string>()
beforeAll(async () => {
  for (const { words } of named) {
    const command = commandOf(words)
    if (/^-|^(help|version)?$/.test(command) || helpOf.has(command)) continue
    const { code, out } = await tocsin([...command.split(' '), '--help'])
    helpOf.set(command, code === 0 ? out : '')
  }
})

test('every command that a message or a document names is there, with each flag that stands beside it', () => {
  expect(named.length).toBeGreaterThan(30)
  const wrong = named.filter(({ words, flags }) => {
    const command = commandOf(words)
    if (/^(--help|--version|help|version)?$/.test(command)) return false
    const help = helpOf.get(command) ?? ''
    return help === '' || flags.some((flag) => flag !== '--help' && !help.includes(flag))
  })
  expect(wrong).toEqual([])
})

test('no message names the program in a way that a shell does not find after the install', () => {
  const program =
    /(?<![\w/`@.=-])(?<!npx )(?<!npm run )tocsin (serve|publish|update|correct|retract|listen|editors|sessions|signing-key|subscriptions|backup|restore|doctor|demo|help|--)/
  const bare = lines.filter(({ text }) => program.test(text) && !/^\s*(\/\*)?\*? |Sent by tocsin doctor/.test(text))
  expect(bare.map(({ path, text }) => `${path}: ${text.trim()}`)).toEqual([])
})

test('every npm script and every program of the repository that is named is there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const wrong = lines.flatMap(({ path, text }) =>
    [
      ...[...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].filter(([, name = '']) => scripts[name] === undefined),
      ...[...text.matchAll(/\bnode ((?:src|tests)\/[\w/.-]+\.ts)/g)].filter(([, file = '']) => !existsSync(file)),
    ].map(([found]) => `${path}: ${found}`),
  )
  expect(wrong).toEqual([])
})
