import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { pauseSchema } from '../../src/desk/pause.ts'
import { correctionSchema, draftSchema, retractionSchema, updateSchema } from '../../src/domain/alert.ts'
import { interestSchema, storedInterestSchema } from '../../src/domain/interest.ts'
import { newsroomSchema } from '../../src/domain/newsroom.ts'
import { parse } from '../../src/domain/parsing/parse.ts'
import { Problem } from '../../src/domain/problem.ts'
import { clientMessages } from '../../src/protocol/message-schemas.ts'
import { runs } from '../support/effort.ts'
import { routes } from '../support/routes.ts'

const bodies = routes.flatMap(({ operation: { id, body } }) =>
  body === undefined ? [] : [[id, body.lineSchema ?? body.schema] as const],
)
const schemas = new Map<string, z.ZodType>([
  ...bodies,
  ['draft', draftSchema],
  ['update', updateSchema],
  ['correction', correctionSchema],
  ['retraction', retractionSchema],
  ['interest', interestSchema],
  ['stored interest', storedInterestSchema],
  ['socket', clientMessages.interest],
  ['pause', pauseSchema],
  ['newsroom', newsroomSchema],
])

/** How zod's own sentences begin (https://zod.dev/error-customization, its English locale). */
const theirs = /Too (?:small|big)|Invalid|Unrecognized|expected \w+ to|must be a multiple/

const bad = [
  ...[null, true, '', 'x', 0, -1, 1.5, 1e99, [], {}, [[]], [''], [null], { x: 1 }, 'x'.repeat(3_000)],
  ...[Array.from({ length: 300 }, (_, at) => `${at}`), { en: null }, { en: {} }, { en: '' }, { '': { headline: '' } }],
]

/** The names that a schema knows at any depth, by its description. */
function namesIn(schema: z.ZodType): readonly string[] {
  const text = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
  return [...new Set([...text.matchAll(/"(\w+)":\{/g)].map(([, name]) => name ?? ''))].filter((name) => name !== '')
}

function detailsOf(schema: z.ZodType, input: unknown): readonly string[] {
  try {
    parse(schema, input, 'body')
    return []
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return [error.message, ...error.errors.map(({ detail }) => detail)]
  }
}

test.each([...schemas])('of whatever is wrong in %s it is said in our own words', (name, schema) => {
  const names = namesIn(schema)
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...bad),
      fc.dictionary(fc.constantFrom(...names, 'en', 'fa'), tie('any'), { maxKeys: 6 }),
      fc.array(tie('any'), { maxLength: 3 }),
    ),
  })).any
  const each = (input: unknown) => {
    for (const detail of detailsOf(schema, input))
      expect([name, detail]).toEqual([name, expect.not.stringMatching(theirs)])
  }
  for (const wrong of bad) {
    each(wrong)
    for (const field of names) each({ [field]: wrong })
  }
  fc.assert(fc.property(value, each), { numRuns: runs(150) })
})

test.each<[unknown, RegExp]>([
  [{ version: 0, level: 'flash' }, /^At least 1 is wanted, not the number 0\.$/],
  [{ version: -5, level: 'flash' }, /^At least 1 is wanted, not the number -5\.$/],
  [{ version: 1.5, level: 'flash' }, /whole number is wanted, not the number 1\.5/],
  [{ version: '1', level: 'flash' }, /not the string "1"/],
])('%j is said to be no version', (input, said) => {
  expect(detailsOf(updateSchema, input)[1]).toMatch(said)
})
