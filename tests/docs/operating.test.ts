import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/node/config.ts'
import { alarmKinds } from '../../src/push/outbox/alarms.ts'

// docs/operating.md lists every setting with its default, every metric and every alarm, and nothing else.

const text = readFileSync('docs/operating.md', 'utf8')
const section = (title: string) => text.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
const sources = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(`${folder}/${path}`, 'utf8'))
    .join('\n')

type Row = { readonly names: readonly string[]; readonly cells: readonly string[] }

/** The rows of the section's tables, each with the names in backticks of its first cell. */
const rowsOf = (title: string): readonly Row[] =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(' | '))
    .map((cells) => ({ names: [...(cells[0] ?? '').matchAll(/`(\w+)/g)].map(([, name]) => name ?? ''), cells }))
const namesOf = (title: string) => rowsOf(title).flatMap(({ names }) => names)

const nodeSettings = () => {
  const schema = readFileSync('src/node/config.ts', 'utf8').split('const environment = z.object({')[1]?.split('\n})')[0]
  return [...(schema ?? '').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name ?? '')
}
/** Read from the environment by a package, not by us. */
const proxySettings = ['HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']

test('every setting of the service on Node is in the table, and no other', () => {
  expect(nodeSettings().length).toBeGreaterThan(20)
  expect(namesOf('Settings').sort()).toEqual([...nodeSettings(), ...proxySettings].sort())
})

test('the table of settings gives the defaults that the service uses', () => {
  const defaults = readConfig({}) as unknown as Record<string, unknown>
  const wrong = rowsOf('Settings').flatMap(({ names, cells }) =>
    names.flatMap((name) => {
      const field = name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
      const value = defaults[name === 'NEWSROOM' ? 'newsroomPath' : field]
      const isNone =
        value === undefined || value === null || (typeof value === 'object' && [...(value as [])].length === 0)
      const told = name === 'PUSH_THREADS' ? 'cores − 1, at least 1' : isNone ? 'none' : `\`${shown(value)}\``
      return cells[1] === told ? [] : [`${name}: ${cells[1]}, but it is ${told}`]
    }),
  )
  expect(wrong).toEqual([])
})

const shown = (value: unknown) => (typeof value === 'boolean' ? (value ? '1' : '0') : String(value))

test('every setting of the Workers is in their table, and no other', () => {
  const read = sources('src/worker').matchAll(/(?:textSetting|numberSetting)\(\s*[\w.]+,\s*'([A-Z_]+)'/g)
  const checked = sources('src/worker').matchAll(/^ {4}([A-Z_]+): (?:\(|publicUrlFault)/gm)
  const settings = new Set([...read, ...checked].map(([, name]) => name ?? ''))
  expect(settings.size).toBeGreaterThan(10)
  expect(new Set(namesOf('Cloudflare Workers'))).toEqual(settings)
})

test('every metric has its row, with what it means, and no row is of a metric that is not there', () => {
  const made = [...sources('src').matchAll(/'(tocsin_\w+)'/g)].map(([, name]) => name ?? '')
  const described = new Set(namesOf('Metrics'))
  expect(new Set(made).size).toBeGreaterThan(20)
  expect([...described].sort()).toEqual([...new Set(made)].sort())
  expect(rowsOf('Metrics').filter(({ cells }) => (cells[1] ?? '').trim() === '')).toEqual([])
})

test('every kind of alarm has its row, with what to do', () => {
  expect(namesOf('Alarms').sort()).toEqual([...alarmKinds].sort())
  expect(rowsOf('Alarms').filter(({ cells }) => cells.length < 3 || cells[2] === '')).toEqual([])
})
