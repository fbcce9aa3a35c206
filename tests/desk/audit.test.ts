import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('no statement of the code changes or deletes a line of the audit log', () => {
  const statements = globSync('src/**/*.ts').flatMap((path) => {
    const found = readFileSync(path, 'utf8').match(
      /\b(update|delete\s+from|truncate|drop\s+table|replace\s+into)\s+(tocsin\.)?audit\b/gi,
    )
    return (found ?? []).map((statement) => [path, statement])
  })
  expect(statements).toEqual([])
})
