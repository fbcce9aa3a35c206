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
/** Each way into the package, by the name of its file: listening, and listening to what is verified. */
const entries = { client: 'listen', verified: 'verified/listen-verified' } as const
const typesOf = (entry: string) => join(types, `client/${entry}.d.ts`)

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
const reached = new Set<string>()
for (const entry of Object.values(entries)) await importsOf(typesOf(entry), reached)
for (const name of await readdir(types, { recursive: true }))
  if (name.endsWith('.ts') && !reached.has(join(types, name))) await rm(join(types, name))

const bundling = {
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  // The oldest browsers that readers come with; Node 20 has all of it.
  target: ['es2020', 'chrome80', 'firefox78', 'safari14'],
  // Safari 14.0 has it but for a rare fault of its scopes, and it cannot be lowered.
  supported: { destructuring: true },
  // Fields of classes are assigned, not defined one by one by a helper: none of ours is looked at before it has a value.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  legalComments: 'none',
  logLevel: 'warning',
} as const
for (const [name, entry] of Object.entries(entries)) {
  // Only where a platform verifies no Ed25519 by itself it loads what does.
  const parts = name === 'verified' ? { splitting: true, chunkNames: 'verified-[name]-[hash]' } : {}
  await build({ ...bundling, ...parts, entryPoints: { [name]: pathOf(`${entry}.ts`) } })
  const declared = relative(dist, typesOf(entry)).replace(/\.d\.ts$/, '.js')
  await writeFile(`${dist}${name}.d.ts`, `export * from './${declared}'\n`)
}
await copyFile(pathOf('../../LICENSE'), `${dist}LICENSE`)
// Their licences require a copy beside their code.
for (const name of ['eventsource-parser', 'canonicalize', '@noble/ed25519'])
  await copyFile(pathOf(`../../node_modules/${name}/LICENSE`), `${dist}LICENSE-${name.replace('@noble/', '')}`)
