import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { adminKey, startNode } from '../support/processes/service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()
const root = fileURLToPath(new URL('../..', import.meta.url))
const generator = join(root, 'tests/interop/generator/node_modules/.bin')

/** A program of somebody who has read nothing but the description. */
const program = `
import createClient from 'openapi-fetch'
import type { paths } from './service.ts'

const [baseUrl = '', key = ''] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl })
const headers = { Authorization: \`Bearer \${key}\` }

const posted = await client.POST('/v1/alerts', {
  headers,
  params: { header: { 'Idempotency-Key': 'a-generated-client' } },
  body: { level: 'urgent', texts: { en: { headline: 'From a generated client', summary: 'It compiled.' } } },
})
if (posted.error !== undefined) throw new Error(posted.error.detail)
if (!('alert' in posted.data)) throw new Error('That was a dry run.')
const { alert, seq } = posted.data
const corrected = await client.POST('/v1/alerts/{id}/correction', {
  headers,
  params: { header: { 'Idempotency-Key': 'a-generated-client-again' }, path: { id: alert.id } },
  body: { version: alert.version, note: { en: 'A word was wrong.' }, texts: { en: { headline: 'Corrected by it' } } },
})
if (corrected.error !== undefined) throw new Error(corrected.error.detail)
if (!('alert' in corrected.data)) throw new Error('That was a dry run.')
const page = await client.GET('/v1/alerts', { params: { query: { languages: ['fa', 'en'], limit: 1 } } })
const refused = await client.GET('/v1/alerts/{id}', { params: { path: { id: 'nothing' } } })
const status: 'live' | 'updated' | 'corrected' | 'retracted' = corrected.data.alert.status
console.log(JSON.stringify([seq, status, page.data?.entries.length, refused.error?.code]))
`

const compile = (folder: string, text: string): string => {
  writeFileSync(join(folder, 'program.ts'), text)
  const strict = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--types', 'node']
  const resolution = ['--module', 'nodenext', '--moduleResolution', 'nodenext', '--allowImportingTsExtensions']
  const args = [...strict, ...resolution, '--skipLibCheck', '--exactOptionalPropertyTypes', 'program.ts']
  try {
    return execFileSync(join(root, 'node_modules/.bin/tsc'), args, { cwd: folder, encoding: 'utf8' })
  } catch (error) {
    return String((error as { stdout: unknown }).stdout)
  }
}

test('a client generated from the description compiles, publishes an alert and corrects it', async () => {
  const folder = scratchFolder(clean)
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  writeFileSync(join(folder, 'openapi.json'), await (await fetch(`${service.url}/openapi.json`)).text())
  execFileSync(join(generator, 'openapi-typescript'), ['openapi.json', '--output', 'service.ts'], { cwd: folder })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  expect(compile(folder, program)).toBe('')
  const said = execFileSync(process.execPath, ['program.ts', service.url, adminKey], { cwd: folder, encoding: 'utf8' })
  expect(JSON.parse(said)).toEqual([1, 'corrected', 1, 'no-such-alert'])
  // The types are the description's own: a program that asks for what it does not know does not compile.
  const wrong = program
    .replace("level: 'urgent'", "level: 'loud'")
    .replace('path: { id: alert.id }', 'path: {}')
    .replace("'/v1/alerts', { params: { query", "'/v1/alarms', { params: { query")
    .replace('refused.error?.code', 'refused.error?.colour')
  const faults = compile(folder, wrong)
  for (const said of ['"loud"', "'id' is missing", '"/v1/alarms"', "'colour'"]) expect(faults).toContain(said)
})
