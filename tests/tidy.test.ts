import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

// The table of folders and directions in ARCHITECTURE.md, as a test, so that it cannot rot.

/** From the lowest: each folder imports itself and those before it, no platform, no framework and no clock. */
const inner = ['locales', 'domain', 'signing', 'auth', 'log', 'protocol', 'hub', 'desk', 'push'] as const
const outer = ['store', 'http', 'export', 'client', 'web', 'cli', 'node', 'worker'] as const
type Folder = (typeof inner)[number] | (typeof outer)[number]

/** Which folders each of the others may import from; of some only types, which no program carries along. */
const imported: Readonly<Record<(typeof outer)[number], readonly Folder[]>> = {
  store: [...inner, 'store'],
  http: [...inner, 'http'],
  export: [...inner, 'http', 'export'],
  client: ['signing', 'protocol', 'client'],
  web: ['domain', 'signing', 'protocol', 'client', 'web'],
  cli: ['domain', 'signing', 'auth', 'protocol', 'client', 'cli'],
  node: [...inner, 'store', 'http', 'export', 'client', 'node'],
  worker: [...inner, 'store', 'http', 'client', 'worker'],
}
const importedTypes: Readonly<Partial<Record<Folder, readonly Folder[]>>> = {
  client: ['domain'],
  web: ['desk', 'locales'],
  cli: ['desk'],
}

/** The packages that a folder and those in it may import; a name covers its sub-paths. */
const packages: Readonly<Record<string, readonly string[]>> = {
  domain: ['zod'],
  signing: ['canonicalize'],
  'signing/verify': ['@noble/ed25519'],
  protocol: ['zod'],
  desk: ['zod'],
  'desk/article': ['franc', 'htmlparser2'],
  push: ['lru-cache', 'zod'],
  'store/postgres': ['pg'],
  http: ['hono', 'zod', 'zod-openapi', 'ipaddr.js'],
  'http/pages/built-assets.ts': ['#built'],
  export: ['hono'],
  client: ['eventsource-parser'],
  cli: ['commander', 'node:'],
  'cli/cluster/sql-main.ts': ['pg'],
  'web/desk': ['preact'],
  'web/shared/browser-storage.ts': ['idb-keyval'],
  node: ['node:', 'prom-client', 'uuid', 'zod'],
  'node/newsroom-file.ts': ['#newsroom'],
  'node/logger.ts': ['pino'],
  'node/app-deps.ts': ['@hono/node-server'],
  'node/desk/webhooks': ['ipaddr.js'],
  'node/server': ['@hono/node-server', 'hono'],
  'node/streams': ['@hono/node-server', 'ws'],
  'node/streams/io-uring': ['koffi'],
  'node/reads': ['lru-cache'],
  'node/push': ['lru-cache', 'proxy-from-env', 'web-push'],
  worker: ['#newsroom', 'cloudflare:', 'uuid'],
  'worker/signing': ['node:'],
}

/** More files in a folder are two ideas. */
const filesMax = 15
/** Where more may lie: a file for each area of the planted bugs is one idea. */
const listFolders = new Set(['tests/planted/bugs'])
/** The names that several folders may have: the programs' own, by which they are started. */
const programNames = new Set(['main.ts', 'build.ts'])
/** What of the tests is not laid out as `src/`. */
const testFolders = [
  'bench',
  'browser',
  'checker',
  'contracts',
  'deploy',
  'docs',
  'edge',
  'flows',
  'golden',
  'interop',
  'planted',
  'support',
]

const linesMax = 300
const listed = (folder: string) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', folder], { encoding: 'utf8' })
    .split('\n')
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && existsSync(path))
const files = listed('src')
const testFiles = listed('tests')

/** The builds run under Node; they are tools, not a part of the page or the client. */
const tools = new Set([
  ...['src/web/build.ts', 'src/client/build.ts', 'src/node/build.ts'],
  ...['src/locales/build.ts', 'src/locales/cldr/extract.ts'],
])

function folderOf(path: string): Folder {
  const [, folder = ''] = path.split('/')
  return folder as Folder
}

function isInner(folder: Folder): folder is (typeof inner)[number] {
  return inner.some((it) => it === folder)
}

function importedBy(folder: Folder): readonly Folder[] {
  return isInner(folder) ? inner.slice(0, inner.indexOf(folder) + 1) : imported[folder]
}

function packagesOf(path: string): readonly string[] {
  return Object.entries(packages).flatMap(([place, names]) =>
    path === `src/${place}` || path.startsWith(`src/${place}/`) ? names : [],
  )
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

test('folders import only what the table allows', () => {
  const turned = imports.filter((it) => {
    if (tools.has(it.from)) return false
    const path = target(it)
    if (path !== null) {
      const [from, to] = [folderOf(it.from), folderOf(path)]
      return !importedBy(from).includes(to) && !(it.types && importedTypes[from]?.includes(to))
    }
    return !packagesOf(it.from).some((name) =>
      name.endsWith(':') ? it.name.startsWith(name) : it.name === name || it.name.startsWith(`${name}/`),
    )
  })
  expect(turned.map(({ from, name }) => `${from} imports ${name}`)).toEqual([])
})

test('every file lies in a folder of the table, and everything in the table is used', () => {
  const folders = new Set(files.map(folderOf))
  expect([...folders].filter((it) => !isInner(it) && !outer.includes(it))).toEqual([])
  expect([...inner, ...outer].filter((it) => !folders.has(it))).toEqual([])
  const unused = Object.entries(packages).flatMap(([place, names]) => {
    const within = imports.filter(({ from }) => from === `src/${place}` || from.startsWith(`src/${place}/`))
    return names
      .filter((name) => !within.some((it) => it.name === name || it.name.startsWith(name.replace(/([^:])$/, '$1/'))))
      .map((name) => `${place}: ${name}`)
  })
  expect(unused).toEqual([])
})

test(`at most ${filesMax} files a folder, in src and in tests`, () => {
  const inFolders = new Map<string, number>()
  for (const path of [...files, ...testFiles]) inFolders.set(dirname(path), (inFolders.get(dirname(path)) ?? 0) + 1)
  const full = [...inFolders].filter(([folder, count]) => count > filesMax && !listFolders.has(folder))
  expect(full).toEqual([])
  // An exception that is not needed any more is taken out.
  expect([...listFolders].filter((folder) => (inFolders.get(folder) ?? 0) <= filesMax)).toEqual([])
})

test('no two files of one name', () => {
  const names = files.map((path) => basename(path)).filter((name) => !programNames.has(name))
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

test('tests are laid out as src, and a test that has the name of a file lies where that file does', () => {
  const folders = new Set(files.map((path) => dirname(path).replace(/^src/, 'tests')))
  const own = testFiles.filter((path) => path.endsWith('.test.ts') && path !== 'tests/tidy.test.ts')
  const laidOut = own.filter((path) => !testFolders.includes(path.split('/')[1] ?? ''))
  expect(laidOut.filter((path) => !folders.has(dirname(path)))).toEqual([])
  const placeOf = new Map(files.map((path) => [basename(path, '.ts'), dirname(path).replace(/^src/, 'tests')]))
  const astray = laidOut.filter((path) => {
    const name = basename(path).replace(/(\.long)?\.test\.ts$/, '')
    return !programNames.has(`${name}.ts`) && (placeOf.get(name) ?? dirname(path)) !== dirname(path)
  })
  expect(astray).toEqual([])
})

test('every import names a file that is there, with its ending', () => {
  const lost = imports.filter((it) => {
    const path = target(it)
    return path !== null && !files.includes(path) && !(path.endsWith('.json') && existsSync(path))
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

test('what runs anywhere, and the stores, take time and chance from outside; below push there are no timers either', () => {
  const own = files.filter((path) => {
    const folder = folderOf(path)
    if ((!isInner(folder) && folder !== 'store') || tools.has(path)) return false
    const code = codeOf(path)
    if (/Date\.now\(|new Date\(\)|Math\.random\(|process\./.test(code)) return true
    return folder !== 'push' && folder !== 'store' && /setTimeout\(|setInterval\(|setImmediate\(/.test(code)
  })
  expect(own).toEqual([])
})

test('no marks of unfinished work, no any, no stray logs', () => {
  const marks = /\bas any\b|: any\b|<any>/
  const unfinished = /\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-nocheck/
  expect(files.filter((path) => marks.test(codeOf(path)))).toEqual([])
  expect(files.filter((path) => unfinished.test(readFileSync(path, 'utf8')))).toEqual([])
  const talkative = files.filter((path) => /\bconsole\./.test(codeOf(path)))
  const voices = [
    'src/node/run-service.ts',
    'src/node/backup/backup-task.ts',
    'src/node/export/export-task.ts',
    'src/node/move/move-task.ts',
    'src/node/signing/signing-key-task.ts',
    'src/worker/report.ts',
  ]
  const mayTalk = (path: string) => ['cli', 'web'].includes(folderOf(path)) || voices.includes(path)
  expect(talkative.filter((path) => !mayTalk(path))).toEqual([])
})

test(`an idea a file: at most ${linesMax} lines`, () => {
  expect(files.filter((path) => readFileSync(path, 'utf8').split('\n').length > linesMax + 1)).toEqual([])
})

function codeOf(path: string): string {
  return readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}
