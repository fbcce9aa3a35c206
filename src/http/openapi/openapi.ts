import { etag } from 'hono/etag'
import * as z from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi'
import type { Parameter, Parameters } from '../../protocol/query-parameters.ts'
import type { App } from '../app-env.ts'
import { type Answer, type Header, type Operation, type ProblemStatus, problemDescriptions } from '../operation.ts'
import { type Route, route, routesOf } from '../route.ts'
import { type ApiDeps, asyncApi } from './asyncapi.ts'
import { problemAnswerSchema, unchanged } from './response-schemas.ts'

const document = z.looseObject({})
const readOpenApi: Operation = {
  id: 'readOpenApi',
  summary: 'This document',
  tag: 'Operating',
  isOpenToAll: true,
  cache: 'public',
  answers: { 200: { description: 'OpenAPI 3.1', schema: document }, 304: unchanged },
}
const readAsyncApi: Operation = {
  id: 'readAsyncApi',
  summary: 'The streams, described',
  tag: 'Operating',
  isOpenToAll: true,
  cache: 'public',
  answers: { 200: { description: 'AsyncAPI 3.0', schema: document }, 304: unchanged },
}

/** `/openapi.json` and `/asyncapi.json`: this surface, made of the routes themselves and the schemas that parse it. */
export function apiRoutes(app: App, deps: ApiDeps): void {
  const cached = { 'Cache-Control': 'public, max-age=60' }
  // Made when first asked for: a start need not wait for it, and all routes are there by then.
  let openApiText: string | undefined
  let asyncApiText: string | undefined
  const json = { ...cached, 'Content-Type': 'application/json' }
  route(app, 'get', '/openapi.json', readOpenApi, etag(), (c) => {
    openApiText ??= JSON.stringify(openApi(routesOf(app), deps))
    return c.body(openApiText, 200, json)
  })
  route(app, 'get', '/asyncapi.json', readAsyncApi, etag(), (c) => {
    asyncApiText ??= JSON.stringify(asyncApi(deps))
    return c.body(asyncApiText, 200, json)
  })
}

const tags = {
  Reading: 'For readers and apps, without a key',
  Streams: 'Alerts in real time; /asyncapi.json describes the messages',
  Subscriptions: 'Push subscriptions of browsers',
  Publishing: 'For editors',
  Desk: 'Keys, sessions, the kill switch',
  Operating: 'For operators',
} as const

function openApi(routes: readonly Route[], { newsroom, publicUrl }: ApiDeps): object {
  const described = routes.filter(({ operation }) => operation.tag !== 'Pages')
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const { method, path, operation } of described) {
    const at = describedPath(path, operation)
    paths[at] = { ...paths[at], [method]: operationObject(at, method, operation) }
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: `${newsroom.name}: alerts`,
      version: '1',
      description: 'Breaking news, at once and without loss.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl ?? '/' }],
    security: [],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { Problem: problemAnswerSchema },
      responses: Object.fromEntries(
        Object.entries(problemDescriptions).map(([status, description]) => [
          `Problem${status}`,
          problemResponse(status, description),
        ]),
      ),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: "An editor's key" },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-tocsin-desk',
          description: "The desk's session; tocsin-desk where the desk is not on https",
        },
        token: { type: 'http', scheme: 'bearer', description: 'The token of the subscription' },
        metricsKey: { type: 'http', scheme: 'bearer', description: 'METRICS_KEY, where one is set' },
      },
    },
  })
}

/** `/x/:id` as OpenAPI writes it. */
export function describedPath(path: string, operation: Operation): string {
  return operation.describedPath ?? path.replace(/:(\w+)/g, (_, name: string) => `{${name}}`)
}

function operationObject(path: string, method: string, operation: Operation): ZodOpenApiOperationObject {
  const { id, summary, description, tag, body } = operation
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    security: securityOf(operation),
    requestParams: {
      path: pathParameters(path),
      query: queryParameters(operation.query ?? {}),
      header: headersOf(operation.headers ?? {}),
    },
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf(body.type, body.schema, body.example) } }),
    responses: responsesOf(path, method, operation),
  }
}

type Security = NonNullable<ZodOpenApiOperationObject['security']>

/** Alternatives; the empty one: no credentials are needed. */
function securityOf({ role, token, ownKey, mayAskForTests }: Operation): Security {
  const editors: Security = [{ key: [] }, { session: [] }]
  if (role !== undefined) return editors
  if (token) return [{ token: [] }]
  if (ownKey !== undefined) return [{}, { [ownKey]: [] }]
  return mayAskForTests ? [{}, ...editors] : []
}

const pathDescriptions: Readonly<Record<string, string>> = {
  id: "The alert's id, as the response to its publication gave it",
  lang: "A language's tag, such as fa",
}

function pathParameters(path: string): z.ZodObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const described = (name: string) =>
    z
      .string()
      .min(1)
      .meta({ description: pathDescriptions[name] ?? name })
  return z.object(Object.fromEntries(names.map((name) => [name, described(name)])))
}

function queryParameters(query: Parameters): z.ZodObject {
  const described = ({ description, schema, list, example }: Parameter) => {
    const given = list ? example?.split(',') : Number(example) || example
    return schema.optional().meta({
      description,
      param: {
        ...(list ? { style: 'form' as const, explode: false } : {}),
        ...(example === undefined ? {} : { example: given }),
      },
    })
  }
  return z.object(Object.fromEntries(Object.entries(query).map(([name, parameter]) => [name, described(parameter)])))
}

function headersOf(headers: Readonly<Record<string, Header>>): z.ZodObject {
  const described = ({ description, schema, required }: Header) =>
    (required ? schema : schema.optional()).meta({ description })
  return z.object(Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, described(header)])))
}

function contentOf(type: string, schema: z.ZodType, example?: unknown) {
  return { [type]: { schema, ...(example === undefined ? {} : { example }) } }
}

function responsesOf(path: string, method: string, operation: Operation): ZodOpenApiResponsesObject {
  const problems = [...problemStatuses(path, method, operation)].sort((a, b) => a - b)
  return Object.fromEntries([
    ...Object.entries(operation.answers).map(([status, answer]) => [status, responseObject(answer)]),
    ...problems.map((status) => [String(status), { $ref: `#/components/responses/Problem${status}` }]),
  ])
}

function responseObject({ description, type, schema, headers, example }: Answer) {
  return {
    description,
    ...(schema === undefined ? {} : { content: contentOf(type ?? 'application/json', schema, example) }),
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
  }
}

const retryAfter = {
  'Retry-After': { description: 'Seconds until the next request may succeed', schema: z.int().min(0) },
}
const extraHeaders: Readonly<Record<string, Readonly<Record<string, Header>>>> = {
  401: { 'WWW-Authenticate': { description: 'How to authenticate (RFC 9110 §11.6.1)', schema: z.string() } },
  405: { Allow: { description: 'The allowed methods', schema: z.string() } },
  426: { Upgrade: { description: 'websocket', schema: z.string() } },
  429: retryAfter,
  503: retryAfter,
}

function problemResponse(status: string, description: string) {
  const headers = extraHeaders[status]
  return {
    description,
    content: contentOf('application/problem+json', problemAnswerSchema),
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
  }
}

/** The statuses of problems that follow from what a route is, and those that it names. */
function problemStatuses(path: string, method: string, operation: Operation): ReadonlySet<ProblemStatus> {
  const { role, token, ownKey, mayAskForTests, headers = {}, problems = [] } = operation
  const follow: readonly (readonly [boolean, readonly ProblemStatus[]])[] = [
    [role !== undefined, [401, 403]],
    [ownKey !== undefined, [401]],
    [mayAskForTests === true && method === 'get' && !path.includes('{'), [403]],
    [path.includes('{') || token === true, [404]],
    [method !== 'get', [408, 412, 413, 415]],
    ['Idempotency-Key' in headers, [409]],
    // Reads are queued; a client with too many reads in the queue is refused.
    [operation.tag === 'Reading', [429]],
  ]
  const followed = follow.flatMap(([does, statuses]) => (does ? statuses : []))
  return new Set<ProblemStatus>([400, 405, ...followed, ...problems, 500, 503])
}
