import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../../src/client/listen.ts', import.meta.url))

test('the client in a browser’s bundle is made of its own few files and nothing else', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    write: false,
    metafile: true,
  })
  for (const file of Object.keys(metafile.inputs)) expect(file).toMatch(/^src\/client\/[a-z-]+\.ts$/)
  expect(outputFiles[0]?.contents.byteLength).toBeLessThan(10_000)
  const source = outputFiles[0]?.text ?? ''
  const bundled: unknown = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`)
  expect(Object.keys(Object(bundled))).toEqual(['listen'])
})

test('the manifest that is packed names nothing to install, whatever the service needs', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../src/client/package.json', import.meta.url), 'utf8'))
  const installing = [
    'dependencies',
    'optionalDependencies',
    'peerDependencies',
    'bundleDependencies',
    'workspaces',
    'bin',
  ]
  for (const name of installing) expect(manifest).not.toHaveProperty(name)
})
