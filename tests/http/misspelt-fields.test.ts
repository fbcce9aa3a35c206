import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { newSecret, secretHash } from '../../src/auth/secret.ts'
import { parse } from '../../src/domain/parsing/parse.ts'
import type { Problem } from '../../src/domain/problem.ts'
import { createApp } from '../../src/http/app.ts'
import type { App } from '../../src/http/app-env.ts'
import { memoryDeps } from '../support/http/memory-deps.ts'
import { refusalOf } from '../support/refusal.ts'
import { addressOf, routes } from '../support/routes.ts'
import { newsroom, noon } from '../support/samples.ts'

// Every route that takes an object, from the description of the routes: each field is misspelt once.

type Described = { readonly properties?: Readonly<Record<string, unknown>> }

/** The fields of a route's body, as it is described. */
function fieldsOf(schema: z.ZodType): readonly string[] {
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described
  return Object.keys(properties ?? {})
}

const bodies = routes.flatMap((route) => {
  const { body } = route.operation
  const fields = body?.type === 'application/json' ? fieldsOf(body.schema) : []
  return fields.length === 0 ? [] : [[`${route.method.toUpperCase()} ${route.path}`, route, fields] as const]
})

let app: App
let key = ''
beforeAll(async () => {
  const deps = await memoryDeps(newsroom, 'https://alerts.example')
  app = createApp(deps)
  key = newSecret()
  await deps.desk.editors.add({ id: 'a', name: 'A', role: 'admin', createdAt: noon }, await secretHash(key))
})

/**
 * What is said of a field that the body has beside nothing else. A route that looks first for what its address names has
 * none here; the schema that it parses by says the same.
 */
async function saidOf(
  { method, path, operation }: (typeof routes)[number],
  field: string,
): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'k', authorization: `Bearer ${key}` }
  const body = JSON.stringify({ [field]: 1 })
  const answer = await app.request(`https://alerts.example${addressOf({ path })}`, { method, headers, body })
  const schema = operation.body?.schema
  const { errors = [] } =
    [401, 404].includes(answer.status) && schema !== undefined
      ? refusalOf(() => parse(schema, { [field]: 1 }, 'body'))
      : ((await answer.json()) as Partial<Pick<Problem, 'errors'>>)
  return errors.find(({ pointer }) => pointer === `/${field}`)?.detail
}

test('there are routes that take an object, and those of publishing take its times', () => {
  expect(bodies.length).toBeGreaterThan(15)
  const publish = bodies.find(([name]) => name === 'POST /v1/alerts')
  expect(publish?.[2]).toEqual(expect.arrayContaining(['level', 'holdSeconds', 'publishAt', 'embargoUntil']))
})

test.each(bodies)(
  '%s: a misspelt field is told, with the one that was meant and all that are known',
  async (_, route, fields) => {
    for (const field of fields.filter((it) => it.length > 4)) {
      const said = await saidOf(route, field.slice(0, -1))
      expect(said, field).toContain(`did you mean ${field}?`)
      for (const known of fields) expect(said).toContain(known)
    }
  },
)
