import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { codesOfSource } from '../support/http/problem-codes.ts'

// docs/protocol.md lists the codes of all problems, each with its status.

const codeOf = (entry: string) => entry.split(' ')[1] ?? ''

test('the table of docs/protocol.md has the code of every problem in the source, and no other', () => {
  const section = readFileSync('docs/protocol.md', 'utf8').split('\n## Errors\n')[1]?.split('\n## ')[0] ?? ''
  const rows = [...section.matchAll(/^\| ([\d, ]+) \| ([^|]*) \|/gm)]
  const listed = rows.flatMap(([, statuses = '', codes = '']) =>
    [...codes.matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => ({ statuses: statuses.split(', '), code })),
  )
  const source = codesOfSource()
  expect(source.length).toBeGreaterThan(60)
  const missing = source.filter(
    (entry) => !listed.some(({ statuses, code }) => entry === `${statuses.find((it) => entry.startsWith(it))} ${code}`),
  )
  expect(missing).toEqual([])
  expect(listed.filter(({ code }) => !source.some((entry) => codeOf(entry) === code))).toEqual([])
})
