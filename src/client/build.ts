import { rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// What `npm pack` ships: the client alone, as JavaScript, because Node strips no types below node_modules. The service
// and its commands run from the repository and are no part of the package, so it has no bin. The types beside it are
// made by `tsc -p src/client`.
const dist = here('../../dist/')

await rm(dist, { recursive: true, force: true })
await build({
  entryPoints: { client: here('listen.ts') },
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
})
await writeFile(`${dist}client.d.ts`, "export * from './types/listen.js'\n")
