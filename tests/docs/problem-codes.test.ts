import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

// docs/protocol.md lists the codes of all problems, each with its status.

/** Codes that are not written beside their status in the source. */
const others = ['400 already-expired', '400 expires-too-late', '400 endpoint-refused', '400 key-refused']
const alsoOthers = ['503 cannot-store', '503 cannot-read']
/** SQLite's numbers of errors, which only look like a status. */
const sqliteErrors = new Set(['522 damaged'])

function codesOfSource(): readonly string[] {
  const files = execFileSync('git', ['ls-files', 'src'], { encoding: 'utf8' }).split('\n')
  const written = files
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/\b([45]\d\d),\s*'([a-z][a-z-]+)'/g)])
    .map(([, status, code]) => `${status} ${code}`)
    .filter((it) => !sqliteErrors.has(it))
  return [...new Set([...written, ...others, ...alsoOthers])]
}

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
