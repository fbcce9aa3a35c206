import { expect, test } from 'vitest'
import { createApp } from '../src/http/app.ts'
import type { House } from '../src/http/house.ts'
import { describedPath } from '../src/http/openapi.ts'
import { routesOf } from '../src/http/route.ts'
import { newsroom } from './support/samples.ts'

// Only the table of routes is looked at; nothing behind it is called.
const house = { newsroom, publicUrl: 'https://alerts.example' } as unknown as House
const app = createApp(house)
type Document = { paths: Record<string, Record<string, { requestBody?: object; responses: object }>> }
const document = (await (await app.request('/openapi.json')).json()) as Document

test('every route that programs use is described, and nothing is described that is not there', () => {
  const added = new Set(routesOf(app).map(({ method, path }) => `${method.toUpperCase()} ${path}`))
  const routes = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)
  expect([...added].sort()).toEqual([...new Set(routes)].sort())
  // Pages are for people; they are no interface.
  const described = routesOf(app)
    .filter(({ operation }) => operation.tag !== 'Pages')
    .map(({ method, path, operation }) => `${method} ${describedPath(path, operation)}`)
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  expect([...told].sort()).toEqual([...described].sort())
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
