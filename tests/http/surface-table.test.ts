import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Route } from '../../src/http/route.ts'
import { routes } from '../support/routes.ts'

const textOf = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const roles = ['writer', 'editor', 'admin']

/** A route as the documents name it. */
function named({ method, path, operation }: Route): string {
  const plain = (operation.describedPath ?? path)
    .replace(/:lang\{(?:[^{}]|\{[^}]*\})*\}/, '{lang}')
    .replace(/:(\w+)/g, '{$1}')
  return `${method.toUpperCase()} ${plain}`
}

/** What the table under a heading says: the cells of each row that begins with a route. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => /^\| `[A-Z]+ \//.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const table = rowsOf(textOf('docs/protocol.md').split('\n## Routes\n')[1]?.split('\n## ')[0] ?? '')

test('the table of routes names every route once, and no other', () => {
  expect(table.map(([route = '']) => route.replaceAll('`', '')).sort()).toEqual(routes.map(named).sort())
})

test('it says of each route who may, and which parameters its query has', () => {
  for (const route of routes) {
    const [, who = '', parameters = ''] = table.find(([it]) => it === `\`${named(route)}\``) ?? []
    const role = roles.find((it) => who === it || who.startsWith(`${it} to `))
    expect([named(route), role]).toEqual([named(route), route.operation.role])
    const wanted = Object.keys(route.operation.query ?? {})
    expect([named(route), parameters.split(' ').filter(Boolean)]).toEqual([named(route), wanted])
  }
})

test('every route that README.md and the guides name is there', () => {
  const known = routes.map((route) => named(route))
  for (const name of ['README.md', 'docs/protocol.md', 'docs/operating.md', 'docs/internals.md', 'docs/edge.md']) {
    const found = [...textOf(name).matchAll(/`(GET|POST|PUT|DELETE) (\/[^\s`?]*)/g)].map(
      ([, method, path]) => `${method} ${path}`,
    )
    expect([name, found.filter((route) => !known.includes(route))]).toEqual([name, []])
  }
})
