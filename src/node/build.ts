import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { writeChanged } from '../web/build.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Entry points: the service, each child process, and the worker threads. */
const programs = [
  'main',
  'cluster/child',
  'reads/read-thread',
  'export/export-thread',
  'push/push-thread',
  'push/push-store-thread',
  'storage/database-check-thread',
]
/** As deep below the root as `src/`, so that paths relative to a program stay valid. */
const dist = here('../../dist/node/')

/**
 * Bundles the service's programs into a few JavaScript files. Finding, reading and type-stripping hundreds of modules
 * in each thread takes most of a start's time. Gives the path of the main program. Files that have not changed are not
 * written, because a service may be starting from them.
 */
export async function buildService(folder = dist): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(programs.map((path) => [basename(path), here(`${path}.ts`)])),
    // The names of the files depend on it. `npx tocsin serve` builds while in a folder of the user's.
    absWorkingDir: here('../..'),
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: 'shared-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Native modules: koffi is not available on every platform, pg-native is not used.
    external: ['koffi', 'pg-native'],
    // Node defines these for CommonJS modules only; some packages call them.
    banner: { js: "import { createRequire as ofHere } from 'node:module'; const require = ofHere(import.meta.url);" },
    // Read only by `node --enable-source-maps`.
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  // Imported files are written before those that import them.
  for (const { path, text } of outputFiles.toSorted((a, b) => Number(isProgram(a.path)) - Number(isProgram(b.path))))
    writeChanged(path, Buffer.from(asciiOf(text)))
  const made = new Set(outputFiles.map(({ path }) => basename(path)))
  for (const name of readdirSync(folder)) if (shared.test(name) && !made.has(name)) rmSync(join(folder, name))
  return join(folder, 'main.js')
}

/** Files that programs share. Those that no program of the new build imports are deleted. */
const shared = /^shared-\w+\.js(\.map)?$/
const isProgram = (path: string) => programs.some((it) => basename(it) === basename(path, '.js'))

/**
 * The same program in ASCII. V8 stores a source with any other character at two bytes a character, once in each thread
 * (8 MB in all). esbuild escapes plain strings, but not regular expressions, comments and templates.
 */
const asciiOf = (source: string) =>
  source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

if (import.meta.main) await buildService()
