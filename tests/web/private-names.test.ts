import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, transform } from 'esbuild'
import { expect, test } from 'vitest'
import { privatePrefix, withoutPrivateNames } from '../../src/web/private-names.ts'

const root = join(import.meta.dirname, '../..')
const sources = globSync('src/{client,domain,protocol,web}/**/*.ts', { cwd: root }).filter(
  (path) => !/(?:build|private-names)\.ts$/.test(path),
)

/** What the bundler needs for private names where browsers lack them. */
const lowered = (source: string) =>
  transform(source, { loader: 'ts', target: 'firefox78' }).then(({ code }) => code.includes('__private'))

test('every private name of the scripts becomes a common one', async () => {
  let withPrivate = 0
  for (const path of sources) {
    const source = readFileSync(join(root, path), 'utf8')
    expect(source, path).not.toContain(privatePrefix)
    // A use without a declaration is refused by the bundler.
    expect(await lowered(withoutPrivateNames(source)), path).toBe(false)
    if (await lowered(source)) withPrivate += 1
  }
  expect(withPrivate).toBeGreaterThan(10)
})

test('a selector, a fragment and a template keep their sign', () => {
  const source = "find('#main', `#top`); location.hash = '#x'; this.#own = a.#own"
  expect(withoutPrivateNames(source)).toBe("find('#main', `#top`); location.hash = '#x'; this.$_own = a.$_own")
})

test('no script of a page has the maps in which a bundler keeps private names', async () => {
  const { bundlingOptions } = await import('../../src/web/build.ts')
  const { outputFiles } = await build({ ...bundlingOptions, entryPoints: [join(root, 'src/client/listen.ts')] })
  expect(outputFiles[0]?.text).toContain('/v1/socket')
  expect(outputFiles[0]?.text).not.toMatch(/WeakMap|WeakSet/)
})
