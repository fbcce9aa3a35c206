import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

// The table of rooms and directions in ARCHITECTURE.md, as a test, so that it cannot rot.

type Room = 'core' | 'push' | 'store' | 'http' | 'node' | 'worker' | 'client' | 'web' | 'cli'

/** Which rooms each room may import from, and which packages (a name covers its sub-paths). */
const table: Readonly<Record<Room, { rooms: readonly Room[]; packages: readonly string[] }>> = {
  core: { rooms: ['core'], packages: ['zod'] },
  push: { rooms: ['core', 'push'], packages: ['lru-cache', 'zod'] },
  store: { rooms: ['core', 'push', 'store'], packages: [] },
  http: { rooms: ['core', 'push', 'http'], packages: ['hono', 'zod', 'zod-openapi', 'ipaddr.js'] },
  client: { rooms: ['client'], packages: [] },
  web: { rooms: ['core', 'client', 'web'], packages: [] },
  cli: { rooms: ['core', 'client', 'cli'], packages: ['node:'] },
  node: {
    rooms: ['core', 'push', 'store', 'http', 'client', 'node'],
    packages: [
      '#newsroom',
      'node:',
      '@hono/node-server',
      'hono',
      'koffi',
      'lru-cache',
      'pino',
      'prom-client',
      'proxy-from-env',
      'uuid',
      'web-push',
      'ws',
      'zod',
    ],
  },
  worker: {
    rooms: ['core', 'push', 'store', 'http', 'client', 'worker'],
    packages: ['#newsroom', 'cloudflare:', 'hono', 'uuid', 'zod'],
  },
}

const linesMax = 300
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'src'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))

/** The builds run under Node; they are tools, not a part of the page or the client. */
const tools = new Set(['src/web/build.ts', 'src/client/build.ts', 'src/node/build.ts'])

function roomOf(path: string): Room {
  const [, room = ''] = path.split('/')
  return room.endsWith('.ts') ? 'core' : (room as Room)
}

type Import = { readonly from: string; readonly name: string; readonly types: boolean }

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(from, 'utf8')
  return [
    ...text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gm),
  ].map(([, types, name, bare, late]) => ({ from, name: name ?? bare ?? late ?? '', types: types !== undefined }))
})

const target = ({ from, name }: Import) => (name.startsWith('.') ? normalize(join(dirname(from), name)) : null)

test('the top of the repository holds what a visitor expects there, and one manifest', () => {
  const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n')
  const folders = new Set(tracked.filter((path) => path.includes('/')).map((path) => path.split('/')[0]))
  const known = ['.ci', 'deploy', 'docs', 'public', 'src', 'tests']
  expect([...folders].filter((name) => !known.includes(name ?? ''))).toEqual([])
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object; workspaces: string[] }
  expect(Object.keys(manifest.dependencies)).toContain('hono')
  // A `bin` here would be copied by npx into a cache that outlives the next version: src/cli/package.json has it.
  expect(manifest).not.toHaveProperty('bin')
  for (const path of manifest.workspaces) expect(path).toMatch(/^(src|tests)\//)
  for (const name of ['src/cli', 'src/client'])
    expect(JSON.parse(readFileSync(`${name}/package.json`, 'utf8'))).not.toHaveProperty('dependencies')
})

test('there is something to look at', () => {
  expect(files.length).toBeGreaterThan(50)
  expect(imports.length).toBeGreaterThan(200)
  expect(imports.some(({ name }) => name === 'hono')).toBe(true)
})

test('rooms import only what the table allows', () => {
  const turned = imports.filter((it) => {
    if (tools.has(it.from)) return false
    const { rooms, packages } = table[roomOf(it.from)]
    const path = target(it)
    if (path !== null) return !rooms.includes(roomOf(path))
    return !packages.some((name) => it.name === name || it.name.startsWith(name.endsWith(':') ? name : `${name}/`))
  })
  expect(turned.map(({ from, name }) => `${from} imports ${name}`)).toEqual([])
})

test('every import names a file that is there, with its ending', () => {
  const lost = imports.filter((it) => {
    const path = target(it)
    return path !== null && !files.includes(path)
  })
  expect(lost.map(({ from, name }) => `${from} imports ${name}`)).toEqual([])
})

test('no circles, not even of types', () => {
  const next = new Map<string, string[]>()
  for (const it of imports) {
    const path = target(it)
    if (path !== null) next.set(it.from, [...(next.get(it.from) ?? []), path])
  }
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' > '))
    else if (!done.has(path)) {
      for (const other of next.get(path) ?? []) walk(other, [...trail, path])
      done.add(path)
    }
  }
  for (const path of files) walk(path, [])
  expect(circles).toEqual([])
})

test('zod is imported as a namespace, of which a bundle has only what is used', () => {
  const whole = files.filter((path) => /import (?!type|\* as z )[^\n]*from 'zod'/.test(readFileSync(path, 'utf8')))
  expect(whole).toEqual([])
})

test('no barrels: no index files, nothing exported from elsewhere', () => {
  expect(files.filter((path) => path.endsWith('/index.ts'))).toEqual([])
  const passedOn = files.filter((path) => /^export\s+(\*|\{[^}]*\})\s*from/m.test(readFileSync(path, 'utf8')))
  expect(passedOn).toEqual([])
})

test('the core, push and the stores take time and chance from outside; the core has no timers either', () => {
  const inner = files.filter((path) => ['core', 'push', 'store'].includes(roomOf(path)))
  const own = inner.filter((path) => {
    const code = codeOf(path)
    if (/Date\.now\(|new Date\(\)|Math\.random\(|process\./.test(code)) return true
    return roomOf(path) === 'core' && /setTimeout\(|setInterval\(|setImmediate\(/.test(code)
  })
  expect(own).toEqual([])
})

test('no marks of unfinished work, no any, no stray logs', () => {
  const marks = /\bas any\b|: any\b|<any>/
  const unfinished = /\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-nocheck/
  expect(files.filter((path) => marks.test(codeOf(path)))).toEqual([])
  expect(files.filter((path) => unfinished.test(readFileSync(path, 'utf8')))).toEqual([])
  const talkative = files.filter((path) => /\bconsole\./.test(codeOf(path)))
  const voices = ['src/node/main.ts', 'src/worker/report.ts']
  const mayTalk = (path: string) => ['cli', 'web'].includes(roomOf(path)) || voices.includes(path)
  expect(talkative.filter((path) => !mayTalk(path))).toEqual([])
})

test(`an idea a file: at most ${linesMax} lines`, () => {
  expect(files.filter((path) => readFileSync(path, 'utf8').split('\n').length > linesMax + 1)).toEqual([])
})

function codeOf(path: string): string {
  return readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}
