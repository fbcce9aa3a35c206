import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bugs, planted } from './bugs.ts'

// Whether a test catches each is for `npm run test:planted`, which takes long; that each can be planted is seen here.

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))

test.each(bugs)('the bug “$name” has its one place in $file, and tests to catch it', (bug) => {
  const text = readFileSync(pathOf(bug.file), 'utf8')
  expect(planted(bug, text)).not.toBe(text)
  expect(bug.tests.length).toBeGreaterThan(0)
  for (const file of bug.tests) expect([file, existsSync(pathOf(file))]).toEqual([file, true])
})

test('a bug whose place is gone, or there twice, is an error that shows what to look for', () => {
  const bug = { name: 'x', file: 'a.ts', find: 'one', put: 'two' }
  expect(planted(bug, 'a one b')).toBe('a two b')
  expect(() => planted(bug, 'nothing')).toThrow('is not in a.ts once')
  expect(() => planted(bug, 'one one')).toThrow('one')
})

test('there are many, each by its own name', () => {
  expect(bugs.length).toBeGreaterThan(50)
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length)
})
