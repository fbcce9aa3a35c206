import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// What `npm pack ./src/client` ships: the client alone, as JavaScript, because Node strips no types below node_modules.
// The manifest beside this file is the package's own: the service and its commands run from the repository. The types
// are made before by `tsc -p src/client`.
const dist = pathOf('dist/')
const types = join(dist, 'types')
const entry = join(types, 'client/listen.d.ts')

/** The declarations that a file imports, itself included. */
async function importsOf(path: string, reached = new Set<string>()): Promise<ReadonlySet<string>> {
  if (reached.has(path)) return reached
  reached.add(path)
  for (const [, name = ''] of (await readFile(path, 'utf8')).matchAll(/from '([^']+)'/g)) {
    if (!name.startsWith('.')) throw new Error(`${path} imports ${name}: the package would have a dependency`)
    await importsOf(join(dirname(path), name.replace(/\.[jt]s$/, '.d.ts')), reached)
  }
  return reached
}

// tsc declares all that the client is made of, zod's types among it; an app needs what `listen` names.
const reached = await importsOf(entry)
for (const name of await readdir(types, { recursive: true }))
  if (name.endsWith('.ts') && !reached.has(join(types, name))) await rm(join(types, name))

await build({
  entryPoints: { client: pathOf('listen.ts') },
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  // The oldest browsers that readers come with; Node 20 has all of it.
  target: ['es2020', 'chrome80', 'firefox78', 'safari14'],
  // Safari 14.0 has it but for a rare fault of its scopes, and it cannot be lowered.
  supported: { destructuring: true },
  legalComments: 'none',
  logLevel: 'warning',
})
await writeFile(`${dist}client.d.ts`, `export * from './${relative(dist, entry).replace(/\.d\.ts$/, '.js')}'\n`)
await copyFile(pathOf('../../LICENSE'), `${dist}LICENSE`)
// Its licence requires a copy beside its code.
const parser = pathOf('../../node_modules/eventsource-parser/LICENSE')
await copyFile(parser, `${dist}LICENSE-eventsource-parser`)
