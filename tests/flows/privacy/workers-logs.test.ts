import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** The settings of one part of a TOML file. */
function partOf(toml: string, part: string): Readonly<Record<string, string>> {
  const [, after = ''] = toml.split(`\n[${part}]\n`)
  const [own = ''] = after.split('\n[')
  return Object.fromEntries([...own.matchAll(/^(\w+) = (.+)$/gm)].map(([, name, value]) => [name, value]))
}

test('where the Worker is deployed no request of a reader is logged or traced by the platform', () => {
  const toml = readFileSync(new URL('../../../wrangler.toml', import.meta.url), 'utf8')
  expect(partOf(toml, 'observability.logs')).toEqual({ invocation_logs: 'false' })
  expect(partOf(toml, 'observability.traces')).toEqual({ enabled: 'false' })
})
