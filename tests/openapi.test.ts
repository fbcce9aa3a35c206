import { expect, test } from 'vitest'
import { createApp } from '../src/http/app.ts'
import type { House } from '../src/http/house.ts'
import { newsroom } from './support/samples.ts'

// Only the table of routes is looked at; nothing behind it is called.
const house = { newsroom, publicUrl: 'https://alerts.example' } as unknown as House
const app = createApp(house)
type Document = { paths: Record<string, Record<string, { requestBody?: object; responses: object }>> }
const document = (await (await app.request('/openapi.json')).json()) as Document

/** Pages are for people; they are no interface. */
const isPage = (path: string) => path === '/' || path === '/desk' || path.startsWith('/:lang')

/** `/x/:id` as OpenAPI writes it; a feed's ending stands in its pattern. */
function describedPath(path: string): string {
  return path.replace(/:file\{.*\\(\.\w+)\}/, '{lang}$1').replace(/:(\w+)/g, (_, name) => `{${name}}`)
}

test('every route that programs use is described, and nothing is described that is not there', () => {
  const routes = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !isPage(path))
    .map(({ method, path }) => `${method.toLowerCase()} ${describedPath(path)}`)
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  expect([...told].sort()).toEqual([...new Set(routes)].sort())
})

test('a body that our parser wants is described by the same schema', () => {
  const draft = JSON.stringify(document.paths['/v1/alerts']?.post?.requestBody)
  for (const field of ['level', 'texts', 'topics', 'audience', 'expiresAt', 'headline', 'summary'])
    expect(draft).toContain(`"${field}"`)
  expect(draft).toContain('"additionalProperties":false')
  expect(JSON.stringify(document.paths['/v1/alerts/{id}/retraction']?.post?.requestBody)).toContain(
    '"required":["note"]',
  )
})

test('the streams are described with their messages', async () => {
  const streams = (await (await app.request('/asyncapi.json')).json()) as {
    channels: object
    components: { messages: object }
  }
  expect(Object.keys(streams.channels)).toEqual(['socket', 'events'])
  expect(Object.keys(streams.components.messages)).toEqual(
    expect.arrayContaining([
      'welcome',
      'alert',
      'live',
      'head',
      'reset',
      'interest',
      'error',
      'goodbye',
      'setInterest',
      'ping',
    ]),
  )
})
