import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { anchorsOf, documents, proseOf, textOf } from './documents.ts'

type Link = { readonly path: string; readonly to: string }

const links: readonly Link[] = documents.flatMap((path) =>
  [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => ({ path, to })),
)
const isOutside = ({ to }: Link) => /^(https?|mailto):/.test(to)

test('there are documents and links to look at', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/operating.md']))
  expect(links.filter((link) => !isOutside(link)).length).toBeGreaterThan(20)
})

test('every relative link leads to a file, and its anchor to a heading there', () => {
  const broken = links.filter((link) => {
    if (isOutside(link)) return false
    const [file = '', anchor] = link.to.split('#')
    const target = file === '' ? link.path : normalize(join(dirname(link.path), file))
    if (!existsSync(target)) return true
    return anchor !== undefined && !anchorsOf(target).includes(anchor)
  })
  expect(broken.map(({ path, to }) => `${path}: ${to}`)).toEqual([])
})

test('links to other sites are https, but for this machine', () => {
  const plain = links.filter(({ to }) => to.startsWith('http:') && !to.startsWith('http://localhost:3000'))
  expect(plain).toEqual([])
})

test('every path of a source or test that a document names exists', () => {
  const named = documents.flatMap((path) =>
    [...proseOf(path).matchAll(/`((?:src|tests|docs|deploy|public)\/[\w./-]+)`/g)].map(([, to = '']) => ({ path, to })),
  )
  expect(named.length).toBeGreaterThan(30)
  const made = ['public/assets']
  const lost = named.filter(({ to }) => !existsSync(to) && !made.some((it) => to.startsWith(it)))
  expect(lost.map(({ path, to }) => `${path}: ${to}`)).toEqual([])
})

test('lines of prose have at most 120 characters; tables and code may have more', () => {
  const long = documents.flatMap((path) =>
    proseOf(path)
      .split('\n')
      .filter((line) => line.length > 120 && !line.startsWith('|'))
      .map((line) => `${path}: ${line}`),
  )
  expect(long).toEqual([])
})

test('ARCHITECTURE.md has a row for each thing that a newcomer looks for first', () => {
  const table = textOf('ARCHITECTURE.md').split('\n## Where is …?\n')[1]?.split('\n## ')[0] ?? ''
  const rows = table.split('\n').filter((line) => line.includes('`src/'))
  for (const sought of [
    'a close code is defined',
    'a push is retried',
    'the pause is checked',
    'a subscription is validated',
    'io_uring is switched off',
    'a Persian word is changed',
    'a node’s process is restarted',
  ])
    expect(rows.filter((row) => row.replaceAll("'", '’').includes(sought))).toHaveLength(1)
})
