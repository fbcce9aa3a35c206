import { copyFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// What `npm pack ./src/client` ships: the client alone, as JavaScript, because Node strips no types below node_modules.
// The manifest beside this file is the package's own: the service and its commands run from the repository. The types
// are made by `tsc -p src/client`.
const dist = here('dist/')

await rm(dist, { recursive: true, force: true })
await build({
  entryPoints: { client: here('listen.ts') },
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  // The oldest browsers that readers come with; Node 20 has all of it.
  target: ['es2020', 'chrome80', 'firefox78', 'safari14'],
  // Safari 14.0 has it but for a rare fault of its scopes, and it cannot be lowered.
  supported: { destructuring: true },
  legalComments: 'none',
  logLevel: 'warning',
})
await writeFile(`${dist}client.d.ts`, "export * from './types/listen.js'\n")
await copyFile(here('../../LICENSE'), `${dist}LICENSE`)
