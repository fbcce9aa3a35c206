import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SwaggerParser from '@apidevtools/swagger-parser'
import { Parser } from '@asyncapi/parser'
import { expect, test } from 'vitest'
import { alertLimits } from '../../../src/domain/alert.ts'
import { createApp } from '../../../src/http/app.ts'
import { describedPath } from '../../../src/http/openapi/openapi.ts'
import { routesOf } from '../../../src/http/route.ts'
import { memoryDeps } from '../../support/http/memory-deps.ts'
import { describedBy, type OpenApi } from '../../support/openapi-check.ts'
import { newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const appAt = async (publicUrl: string | null) => createApp(await memoryDeps(newsroom, publicUrl))
const app = await appAt('https://alerts.example')
type Operation = {
  operationId: string
  parameters?: { name: string; in: string; schema: object }[]
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> }
  responses: Record<string, { $ref?: string }>
  security: object[]
}
type Document = { openapi: string; paths: Record<string, Record<string, Operation>> }
const textOf = async (path: string, of = app) => (await of.request(path)).text()
const document = JSON.parse(await textOf('/openapi.json')) as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

test('every route that may be sent a body describes what becomes of one that is too slow, too large or encoded', () => {
  const lacking = operations
    .filter(({ method }) => method !== 'get')
    .flatMap(({ path, method, operation }) =>
      ['408', '413', '415']
        .filter((status) => !(status in operation.responses))
        .map((status) => [method, path, status]),
    )
  expect(lacking).toEqual([])
  expect(operations.filter(({ method }) => method !== 'get').length).toBeGreaterThan(10)
})

test('every route that programs use is described, and nothing is described that is not there', () => {
  const added = new Set(routesOf(app).map(({ method, path }) => `${method.toUpperCase()} ${path}`))
  const routes = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)
  expect([...added].sort()).toEqual([...new Set(routes)].sort())
  // Pages are for people; they are no interface.
  const described = routesOf(app)
    .filter(({ operation }) => operation.tag !== 'Pages')
    .map(({ method, path, operation }) => `${method} ${describedPath(path, operation)}`)
  const told = operations.map(({ method, path }) => `${method} ${path}`)
  expect([...told].sort()).toEqual([...described].sort())
})

test.each([
  ['with an address of its own', 'https://alerts.example'],
  ['with none', null],
])(
  'the documents %s are valid for swagger-parser, redocly and the AsyncAPI parser',
  { timeout: 60_000 },
  async (_, publicUrl) => {
    const of = await appAt(publicUrl)
    const openApi = await textOf('/openapi.json', of)
    await SwaggerParser.validate(JSON.parse(openApi))
    const file = join(scratchFolder(clean), 'openapi.json')
    writeFileSync(file, openApi)
    const said = execFileSync('npx', ['redocly', 'lint', '--format=json', '--skip-rule=operation-2xx-response', file], {
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(JSON.parse(said)).toMatchObject({ totals: { errors: 0, warnings: 0 } })
    const { document: streams, diagnostics } = await new Parser().parse(await textOf('/asyncapi.json', of))
    expect(diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')).toEqual([])
    expect(
      streams
        ?.channels()
        .all()
        .map((channel) => channel.address()),
    ).toEqual(['/v1/socket', '/v1/events'])
  },
)

test('every reference leads to something, and none into a schema that is not there', async () => {
  for (const path of ['/openapi.json', '/asyncapi.json']) {
    const whole = JSON.parse(await textOf(path)) as object
    const references = [...JSON.stringify(whole).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference)
    expect(references.length).toBeGreaterThan(5)
    const found = (reference: string) =>
      reference
        .slice(2)
        .split('/')
        .reduce<unknown>((value, part) => Object(value)[part.replaceAll('~1', '/').replaceAll('~0', '~')], whole)
    expect(references.filter((it) => !it.startsWith('#/') || found(it) === undefined)).toEqual([])
  }
})

test('operations have names of their own, and every example in the document is taken by its own schema', () => {
  const names = operations.map(({ operation }) => operation.operationId)
  expect(names.filter((name) => !/^[a-z]+[A-Za-z]*$/.test(name))).toEqual([])
  expect(new Set(names).size).toBe(names.length)
  const { faultAt } = describedBy(document as unknown as OpenApi)
  const bodies = operations.flatMap(({ path, method, operation }) =>
    Object.entries(operation.requestBody?.content ?? {}).map(([type, { example }]) => ({
      path,
      method,
      type,
      example,
    })),
  )
  const shown = bodies.filter(({ example }) => example !== undefined)
  expect(shown.length).toBeGreaterThan(8)
  const at = (text: string) => text.replaceAll('/', '~1')
  for (const { path, method, type, example } of shown)
    expect(faultAt(`/paths/${at(path)}/${method}/requestBody/content/${at(type)}/schema`, example)).toEqual([])
})

test.each([
  ['headline', alertLimits.headlineMax],
  ['summary', alertLimits.summaryMax],
])('a %s is as long in the description as it is taken: %i characters, not bytes or units', (field, most) => {
  const { faultAt } = describedBy(document as unknown as OpenApi)
  const schema = '/paths/~1v1~1alerts/post/requestBody/content/application~1json/schema'
  const draft = (text: string) => ({ level: 'urgent', texts: { en: { headline: 'x', [field]: text } } })
  for (const letter of ['x', 'ی', '😀']) {
    expect(faultAt(schema, draft(letter.repeat(most)))).toEqual([])
    expect(faultAt(schema, draft(letter.repeat(most + 1)))).not.toEqual([])
  }
})

const streamParameters = [
  ...['languages', 'topics', 'level', 'audience', 'after'],
  ...['limit', 'budget', 'heartbeat', 'lastEventId'],
]

test.each([
  ['get', '/v1/alerts', ['languages', 'topics', 'level', 'audience', 'after', 'limit']],
  ['get', '/v1/events', streamParameters],
  ['get', '/v1/socket', streamParameters],
  ['get', '/feeds/{lang}.atom', ['topics', 'level', 'before']],
  ['get', '/feeds/{lang}.json', ['topics', 'level', 'before']],
  ['post', '/v1/alerts', ['dryRun']],
  ['post', '/v1/alerts/{id}/retraction', ['dryRun']],
  ['get', '/healthz', []],
])('%s %s describes the parameters that it takes', (method, path, names) => {
  const parameters = document.paths[path]?.[method]?.parameters ?? []
  expect(parameters.filter((it) => it.in === 'query').map(({ name }) => name)).toEqual(names)
})

test('what needs a key says so, and what a reader may ask says that nobody needs one', () => {
  const needing = routesOf(app)
    .filter(({ operation }) => operation.role !== undefined)
    .map(({ method, path, operation }) => document.paths[describedPath(path, operation)]?.[method])
  expect(needing.length).toBeGreaterThan(15)
  for (const operation of needing) expect(operation?.security).toEqual([{ key: [] }, { session: [] }])
  for (const path of ['/v1/newsroom', '/v1/alerts', '/v1/events', '/healthz'])
    expect([[], [{}, { key: [] }, { session: [] }]]).toContainEqual(document.paths[path]?.get?.security)
})

test('every operation says what another method is told, and every read what is told when too much is asked', async () => {
  const document = (await (await app.request('/openapi.json')).json()) as unknown as {
    paths: Record<string, Record<string, { tags: string[]; responses: Record<string, unknown> }>>
    components: { responses: Record<string, { headers?: object }> }
  }
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
  expect(operations.filter(({ responses }) => !('405' in responses))).toEqual([])
  const reads = operations.filter(({ tags }) => tags.includes('Reading'))
  expect(reads.length).toBeGreaterThan(3)
  expect(reads.filter(({ responses }) => !('429' in responses && '503' in responses))).toEqual([])
  expect(document.components.responses.Problem405?.headers).toHaveProperty('Allow')
  expect(document.components.responses.Problem429?.headers).toHaveProperty('Retry-After')
})

test('the streams are described with their messages in both directions, and with what a socket is closed with', async () => {
  const streams = JSON.parse(await textOf('/asyncapi.json')) as {
    channels: { socket: { messages: object; 'x-close-codes': object }; events: { messages: object } }
    operations: Record<string, { action: string; messages: object[] }>
  }
  const fromServer = ['welcome', 'alert', 'live', 'head', 'reset', 'interest', 'error', 'goodbye']
  const { socket, events } = streams.channels
  expect(Object.keys(socket.messages)).toEqual([...fromServer, 'setInterest', 'ping', 'pingObject'])
  expect(Object.keys(events.messages)).toEqual(['alert', 'live', 'head', 'reset', 'interest', 'goodbye'])
  const sources = globSync('src/**/*.ts').map((path) => readFileSync(path, 'utf8'))
  const closing = sources.flatMap((text) => [...text.matchAll(/const close\w+ = (4\d{3})$/gm)].map(([, code]) => code))
  expect(new Set(closing).size).toBeGreaterThan(5)
  expect(Object.keys(socket['x-close-codes'])).toEqual(['1001', '1011', ...[...new Set(closing)].sort()])
  expect(Object.values(streams.operations).map(({ action }) => action)).toEqual(['send', 'receive', 'send'])
})
