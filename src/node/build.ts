import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** What runs by itself: the service, each of several processes, and the threads. */
const programs = [
  'main',
  'cluster/child',
  'reads/read-thread',
  'push/push-thread',
  'push/push-store-thread',
  'storage/database-check-thread',
]
/** As deep below the root as the sources, so that what they find beside them is found. */
const dist = here('../../dist/node/')

/**
 * Makes the service's programs into JavaScript with all that they import in a few files: hundreds of modules that are
 * looked for, read and stripped of their types in each thread are most of what a start costs. Gives the first program.
 * What is as it was stays untouched: a service may be starting from it right now.
 */
export async function buildService(folder = dist): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(programs.map((path) => [basename(path), here(`${path}.ts`)])),
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: 'shared-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Native, and not everywhere.
    external: ['koffi'],
    // What some packages call, which Node gives to CommonJS only.
    banner: { js: "import { createRequire as ofHere } from 'node:module'; const require = ofHere(import.meta.url);" },
    // Read by `node --enable-source-maps` only.
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  mkdirSync(folder, { recursive: true })
  // What is imported before those who import it.
  for (const { path, text } of outputFiles.toSorted((a, b) => Number(isProgram(a.path)) - Number(isProgram(b.path)))) {
    const contents = Buffer.from(asciiOf(text))
    if (!existsSync(path) || !readFileSync(path).equals(contents)) replace(path, contents)
  }
  const made = new Set(outputFiles.map(({ path }) => basename(path)))
  for (const name of readdirSync(folder)) if (shared.test(name) && !made.has(name)) rmSync(join(folder, name))
  return join(folder, 'main.js')
}

/** What only the programs of an earlier build import. */
const shared = /^shared-\w+\.js(\.map)?$/
const isProgram = (path: string) => programs.some((it) => basename(it) === basename(path, '.js'))

/**
 * The same program in ASCII: V8 keeps a source with any other character in two bytes a character, in each thread anew
 * (8 MB of the whole). esbuild escapes plain strings by itself, but not regular expressions, comments and templates.
 */
const asciiOf = (source: string) =>
  source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** In one step: whoever reads it meanwhile has the one or the other. */
function replace(path: string, contents: Uint8Array): void {
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, contents)
  renameSync(fresh, path)
}

if (import.meta.main) await buildService()
