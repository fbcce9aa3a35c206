import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import ownTables from '../../src/locales/cldr/own.json' with { type: 'json' }
import { tableOf, tableTags } from '../../src/locales/cldr/tables.ts'
import { goldenTexts } from '../support/locales/golden-texts.ts'

const folder = new URL('golden/', import.meta.url)

test('each language of the interface has a table and a golden file, and what is written by hand says why', () => {
  const files = readdirSync(new URL('../../src/locales/', import.meta.url)).filter((name) => name.endsWith('.json'))
  expect(files.sort()).toEqual(tableTags.map((tag) => `${tag}.json`).sort())
  for (const { reason } of Object.values(ownTables)) expect(reason).toMatch(/\.$/)
  // What CLDR has nothing of is said to be unreviewed.
  expect(tableTags.filter((tag) => tableOf(tag)?.cldr === null)).toEqual(['crh'])
  expect(ownTables.crh.reason).toContain('No native speaker has reviewed this.')
  expect(readdirSync(folder).sort()).toEqual(tableTags.map((tag) => `${tag}.json`).sort())
})

// After a change that is wanted: `npx vitest run tests/locales/golden.test.ts -u`, and look at the difference.
test.each(tableTags)(
  'in %s times, numbers, plurals, lists and names are written as in its golden file',
  async (tag) => {
    await expect(`${JSON.stringify(goldenTexts(tag), null, 2)}\n`).toMatchFileSnapshot(`golden/${tag}.json`)
  },
)

test('no language but English has an English word', () => {
  const english = /\b(?:AM|PM|am|pm|at|ago|minutes|and|January|March|November|December|English|Sun|M\d\d)\b/
  const texts = tableTags
    .filter((tag) => tag !== 'en')
    .map((tag) => ({ tag, text: Object.entries(goldenTexts(tag)).filter(([key]) => !key.startsWith('plural')) }))
  const found = texts.flatMap(({ tag, text }) => text.filter(([, it]) => english.test(it)).map((it) => [tag, ...it]))
  expect(found).toEqual([])
})

test('each language names each language, and itself in its own script', () => {
  const file = (tag: string) =>
    JSON.parse(readFileSync(new URL(`${tag}.json`, folder), 'utf8')) as Record<string, string>
  const unnamed = tableTags.flatMap((tag) =>
    tableTags.filter((it) => !file(tag)[`name of ${it}`]).map((it) => [tag, it]),
  )
  expect(unnamed).toEqual([])
})
