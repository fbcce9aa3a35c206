import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../../src/client/listen.ts', import.meta.url))

const headers = ['headers/http-date', 'headers/media-type', 'headers/retry-after']
const shared = ['close-codes', 'cursor', 'event-encoding', ...headers, 'live-streams'].map(
  (name) => `src/protocol/${name}.ts`,
)

test('the client in a browser’s bundle is made of its own files, the protocol’s without zod and the event-stream parser', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    write: false,
    metafile: true,
  })
  const others = Object.keys(metafile.inputs).filter((file) => !/^src\/client\/(network\/)?[a-z-]+\.ts$/.test(file))
  expect(others.filter((file) => !file.startsWith('node_modules/eventsource-parser/')).sort()).toEqual(shared)
  expect(outputFiles[0]?.contents.byteLength).toBeLessThan(19_400)
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
