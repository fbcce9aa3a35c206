import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildScripts } from '../../src/web/build.ts'
import { newerThanOldBrowsers } from '../support/browser/old-browsers.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()

test('the pages’ scripts use nothing that Chrome 80, Firefox 78 or Safari 14 lack', async () => {
  const folder = scratchFolder(clean)
  await buildScripts(folder)
  const names = globSync('**/*.js', { cwd: folder })
  expect(names.length).toBeGreaterThan(8)
  for (const name of names)
    expect([name, await newerThanOldBrowsers(readFileSync(join(folder, name), 'utf8'))]).toEqual([name, []])
})

test.each([
  ['a list that is sorted into another', 'console.log([2, 1].toSorted())', ['.toSorted(']],
  ['a clone and an address', 'structuredClone(URL.canParse("x"))', ['.canParse(', 'structuredClone']],
  ['a key', 'const key = crypto.randomUUID()', ['.randomUUID(']],
  ['a time-out', 'fetch("/", { signal: AbortSignal.timeout(1) })', ['AbortSignal.timeout']],
  ['words cut without a look', 'new Intl.Segmenter("und")', ['new Intl.Segmenter']],
  ['a private method', 'class A { #a() {} b() { this.#a() } }', ['syntax newer than ES2020']],
  ['an assignment by ??=', 'let a; a ??= 1', ['syntax newer than ES2020']],
  ['a private field', 'class A { #a = 1; b() { return this.#a } }', ['syntax newer than ES2020']],
  ['the last of a list', 'console.log([1].at(-1))', ['.at(']],
  ['a function of a short name that is spread', 'function at() {} console.log({ ...at() })', []],
  ['what they have', 'let a = b?.c ?? [..."x"].flat(); Promise.allSettled([a])', []],
])('%s is seen by the look at a script', async (_, source, found) => {
  expect([...(await newerThanOldBrowsers(source))].sort()).toEqual([...found].sort())
})
