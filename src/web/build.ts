import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

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

/**
 * Writes a file when its content differs. Atomically, because a service may be reading it: it gets either the old
 * content or the new.
 */
export function writeChanged(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return
  mkdirSync(dirname(path), { recursive: true })
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, contents)
  renameSync(fresh, path)
}

if (import.meta.main) await buildScripts()
