import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { compressBeside } from './compress-files.ts'
import { writeChanged } from './write-changed.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Bundles the browser's scripts, one file each, into a folder: `public/assets` unless another is given. */
export async function buildScripts(folder = here('../../public/assets')): Promise<void> {
  const scripts = await bundled(folder, 'iife', {
    reader: here('reader/reader.ts'),
    desk: here('desk/desk-app.ts'),
    // A service worker cannot import at run time.
    'service-worker': here('service-worker/service-worker.ts'),
    'desk-worker': here('service-worker/desk-worker.ts'),
  })
  // What the desk's page loads when it is wanted is a module, with exports.
  const modules = await bundled(folder, 'esm', { 'desk-account': here('desk/account/account-script.ts') })
  for (const { path, contents } of [...scripts, ...modules]) writeChanged(path, contents)
}

async function bundled(outdir: string, format: 'iife' | 'esm', entryPoints: Readonly<Record<string, string>>) {
  const { outputFiles } = await build({
    ...{ entryPoints, outdir, format },
    bundle: true,
    // Many readers have old phones: these are the oldest browsers that are supported.
    target: ['es2020', 'chrome80', 'firefox78', 'safari14'],
    // Safari 14.0 supports it but for a rare bug of scopes, and esbuild cannot lower it.
    supported: { destructuring: true },
    minify: true,
    sourcemap: false,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  return outputFiles
}

if (import.meta.main) {
  await buildScripts()
  compressBeside(here('../../public'))
}
