import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
// wrangler's own way to run workerd; it comes with it.
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newerThanOldBrowsers } from '../support/browser/old-browsers.ts'
import { english, publish, startNode } from '../support/processes/service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()
const root = fileURLToPath(new URL('../..', import.meta.url))
let app = ''

/** A project that has the packed package installed, and nothing else. */
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'tocsin-app-'))
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', './src/client', '--json', '--silent', '--pack-destination', app], {
      cwd: root,
      encoding: 'utf8',
    }),
  ) as [{ filename: string }]
  // As somebody installs it who has nothing else: no registry is asked.
  writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module' }))
  const flags = ['--offline', '--engine-strict', '--no-audit', '--no-fund', `--cache=${join(app, 'cache')}`]
  execFileSync('npm', ['install', ...flags, `./${packed.filename}`], { cwd: app, encoding: 'utf8' })
})
afterAll(() => rmSync(app, { recursive: true, force: true }))

function put(name: string, text: string): string {
  writeFileSync(join(app, name), text)
  return join(app, name)
}

test('it is installed without a dependency, without a script, and for Node 20 too', () => {
  const lock = JSON.parse(readFileSync(join(app, 'package-lock.json'), 'utf8')) as { packages: object }
  expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/tocsin'])
  const manifest = JSON.parse(readFileSync(join(app, 'node_modules/tocsin/package.json'), 'utf8')) as {
    scripts: object
    engines: object
  }
  for (const name of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies', 'bin'])
    expect(manifest).not.toHaveProperty(name)
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
    expect(manifest.scripts).not.toHaveProperty(name)
  expect(manifest.engines).toEqual({ node: '>=20' })
})

test('the repository itself is not packed in its place', () => {
  expect(() => execFileSync('npm', ['pack', '--silent', '--dry-run'], { cwd: root, stdio: 'pipe' })).toThrow(
    'npm pack ./src/client',
  )
})

test('it uses nothing that Chrome 80, Firefox 78 or Safari 14 lack', async () => {
  const dist = join(app, 'node_modules/tocsin/dist')
  const names = readdirSync(dist).filter((name) => name.endsWith('.js'))
  expect(names.length).toBeGreaterThanOrEqual(3)
  for (const name of names)
    expect([name, await newerThanOldBrowsers(readFileSync(join(dist, name), 'utf8'))]).toEqual([name, []])
})

test('the package has the client and nothing of the service', () => {
  const home = join(app, 'node_modules/tocsin')
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path))
  for (const path of files)
    expect(path).toMatch(
      /^(package\.json|README\.md|dist\/LICENSE(-[\w-]+)?|dist\/(client|verified)\.(js|d\.ts)|dist\/verified-\w+-\w+\.js|dist\/types\/(client|client\/(mirrors|verified)|domain|domain\/parsing|signing|signing\/verify)\/[\w-]+\.d\.ts)$/,
    )
  for (const path of files.filter((path) => path.startsWith('dist/')))
    expect(readFileSync(join(home, path), 'utf8')).not.toMatch(/zod|from ['"](?!\.)|node:/)
})

const reader = `import { listen } from 'tocsin/client'
const listening = listen({
  url: process.argv[2],
  languages: ['en'],
  onState: (state) => console.log(state),
  onEntry({ seq, alert }) {
    console.log(seq, alert.headline)
    listening.close()
  },
})`

// Node 24 without WebSocket stands for Node 20.
test.each([
  ['as it is', []],
  ['that has no WebSocket', ['--no-experimental-websocket']],
])('a script of a plain Node %s imports it and hears an alert of a real service', async (_, flags) => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const args = [...flags, put('reader.js', reader), service.url]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  clean(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (line === 'live') await publish(service.url, english('Packed'))
  }
  expect(said).toEqual(['connecting', 'live', '1 Packed', 'stopped'])
  expect(await ended).toEqual([0, null])
})

test('a Worker imports it and receives an alert of a real service, by WebSocket and by event stream', async () => {
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const entry = put(
    'worker.js',
    `import { listen } from 'tocsin/client'
export default {
  fetch: (request) => new Promise((resolve) => {
    const { searchParams } = new URL(request.url)
    const listening = listen({
      url: searchParams.get('url'),
      languages: ['en'],
      after: searchParams.get('after'),
      transport: searchParams.get('transport'),
      onEntry({ seq, replayed, alert }) {
        listening.close()
        resolve(Response.json([seq, replayed, alert.headline]))
      },
    })
  }),
}`,
  )
  const { outputFiles } = await build({ entryPoints: [entry], format: 'esm', bundle: true, write: false })
  const script = outputFiles[0]?.text ?? ''
  const worker = new Miniflare(convertV4MiniflareOptions({ modules: true, script, compatibilityDate: '2026-01-01' }))
  clean(() => worker.dispose())
  const { cursor } = await publish(service.url, english('Before'))
  await publish(service.url, english('Missed'))
  for (const transport of ['socket', 'events']) {
    const preferences = new URLSearchParams({ url: service.url, after: cursor, transport })
    const answer = await worker.dispatchFetch(`http://worker/?${preferences}`)
    expect(await answer.json()).toEqual([2, true, 'Missed'])
  }
})

test('a bundler for browsers bundles it, and nothing else with it', async () => {
  const entry = put('page.js', `import { listen } from 'tocsin/client'\nglobalThis.hear = listen\n`)
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    platform: 'browser',
    format: 'iife',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
  })
  expect(Object.keys(metafile.inputs)).toHaveLength(2)
  expect(outputFiles[0]?.contents.byteLength).toBeLessThan(23_500)
})

const consumer = `
import { type Alert, type Entry, listen, type State } from 'tocsin/client'
const collected: Entry[] = []
const states: State[] = []
const listening = listen({
  url: 'https://alerts.example',
  languages: ['fa', 'en'],
  onEntry: (entry) => { collected.push(entry); const text: string = entry.alert.headline; void text },
  onState: (state) => { states.push(state) },
})
const cursor: string | undefined = listening.cursor
const all = listen<Alert>({ url: new URL('https://alerts.example'), languages: '*', onEntry: ({ alert }) => { void alert.texts.en?.headline } })
all.close()
export { cursor }
`

test.each([
  ['node', ['--module', 'nodenext', '--moduleResolution', 'nodenext']],
  ['a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
])('an app that is compiled for %s knows its types', (_, resolution) => {
  const compile = (name: string, text: string) => {
    const strict = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '']
    const compiler = join(root, 'node_modules/.bin/tsc')
    try {
      return execFileSync(compiler, [...strict, ...resolution, put(name, text)], { cwd: app, encoding: 'utf8' })
    } catch (error) {
      return String((error as { stdout: unknown }).stdout)
    }
  }
  expect(compile('right.ts', consumer)).toBe('')
  expect(compile('wrong.ts', consumer.replace('entry.alert.headline', 'entry.alert.texts'))).toContain('error TS2339')
})
