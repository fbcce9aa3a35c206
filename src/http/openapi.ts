import { z } from 'zod'
import { correctionSchema, draftSchema, retractionSchema, updateSchema } from '../alert.ts'
import {
  deliveryAnswer,
  editorAnswer,
  historyAnswer,
  newsroomAnswer,
  pageAnswer,
  problemAnswerSchema,
  publishedAnswer,
  rehearsalAnswer,
} from './answers.ts'
import { asyncApi } from './asyncapi.ts'
import { newEditorSchema } from './desk.ts'
import { deskPushOperations } from './desk-pushes.ts'
import { deskSubscriptionOperations } from './desk-subscription-operations.ts'
import type { App, House } from './house.ts'
import { jsonSchema } from './json-schema.ts'
import { linesType } from './lines.ts'
import type { Operation } from './operation.ts'
import { pauseOperations } from './pause.ts'
import { sessionSchema } from './sign-in.ts'
import { subscribedSchema, subscribeSchema } from './subscribe.ts'
import { changeSchema, subscriptionSchema, testedSchema } from './subscriptions.ts'

const interestQuery = {
  languages: 'Comma-separated BCP 47 tags in order of preference, or *',
  topics: 'Comma-separated topic ids; none: all',
  level: 'The lowest level wanted: flash, urgent or routine',
  after: 'A cursor, exclusive; or now',
  audience: 'public, or test (with a key)',
}

const change = (summary: string, body: z.ZodType): Operation => ({
  summary,
  key: true,
  once: true,
  body,
  answers: { 201: publishedAnswer },
})

const operations: Readonly<Record<string, Operation>> = {
  'get /v1/newsroom': { summary: 'The newsroom', answers: { 200: newsroomAnswer } },
  'get /v1/alerts': {
    summary: 'Entries after a cursor, oldest first; without one, the newest',
    query: { ...interestQuery, limit: '1 to 500' },
    answers: { 200: pageAnswer },
  },
  'get /v1/alerts/{id}': { summary: 'An alert with its history', answers: { 200: historyAnswer } },
  'get /v1/socket': { summary: 'WebSocket, see /asyncapi.json', query: interestQuery, answers: { 101: 'Upgraded' } },
  'get /v1/events': {
    summary: 'Event stream, see /asyncapi.json; the header Heartbeat-Seconds tells how often it is heard at least',
    query: interestQuery,
    answers: { 200: 'text/event-stream' },
  },
  'post /v1/alerts': {
    ...change('Publish an alert; with dryRun=true, only say what would happen', draftSchema),
    query: { dryRun: 'true: nothing is stored or sent' },
    answers: { 200: rehearsalAnswer, 201: publishedAnswer },
  },
  'post /v1/alerts/{id}/update': change('Update an alert', updateSchema),
  'post /v1/alerts/{id}/correction': change('Correct an alert; the note says what was wrong', correctionSchema),
  'post /v1/alerts/{id}/retraction': change('Retract an alert; the note says why', retractionSchema),
  'get /v1/alerts/{id}/delivery': {
    summary: 'How far the pushes have come',
    key: true,
    answers: { 200: deliveryAnswer },
  },
  ...deskPushOperations,
  ...pauseOperations,
  'post /v1/desk/session': {
    summary: 'Sign in at the desk',
    body: sessionSchema,
    answers: { 201: 'A session cookie' },
  },
  'get /v1/desk/session': {
    summary: 'Who is signed in',
    key: true,
    answers: { 200: z.object({ editor: editorAnswer }) },
  },
  'delete /v1/desk/session': { summary: 'Sign out', key: true, answers: { 204: 'Signed out' } },
  'get /v1/desk/editors': {
    summary: 'Who holds a key',
    key: true,
    answers: { 200: z.object({ editors: z.array(editorAnswer) }) },
  },
  'post /v1/desk/editors': {
    summary: 'Make a key; it is shown once',
    key: true,
    body: newEditorSchema,
    answers: { 201: z.object({ editor: editorAnswer, key: z.string() }) },
  },
  'delete /v1/desk/editors/{id}': { summary: 'Revoke a key', key: true, answers: { 204: 'Revoked' } },
  ...deskSubscriptionOperations,
  'post /v1/subscriptions': {
    summary: 'Subscribe a browser; the same address again is the same row and answers 200',
    query: { audience: 'public, or test (with a key)' },
    body: subscribeSchema,
    answers: { 200: subscribedSchema, 201: subscribedSchema },
  },
  'get /v1/subscriptions/{id}': { summary: 'What is stored', token: true, answers: { 200: subscriptionSchema } },
  'put /v1/subscriptions/{id}': {
    summary: 'Change the interest',
    token: true,
    body: changeSchema,
    answers: { 200: subscriptionSchema },
  },
  'delete /v1/subscriptions/{id}': { summary: 'Leave', token: true, answers: { 204: 'Gone' } },
  'post /v1/subscriptions/{id}/test': {
    summary: 'Send this one reader a test notification',
    token: true,
    answers: { 200: testedSchema },
  },
  'get /feeds/{lang}.atom': {
    summary: 'Atom feed',
    query: { topics: interestQuery.topics },
    answers: { 200: 'application/atom+xml' },
  },
  'get /feeds/{lang}.json': {
    summary: 'JSON Feed 1.1',
    query: { topics: interestQuery.topics },
    answers: { 200: 'application/feed+json' },
  },
  'get /openapi.json': { summary: 'This document', answers: { 200: 'OpenAPI 3.1' } },
  'get /asyncapi.json': { summary: 'The streams', answers: { 200: 'AsyncAPI 3.0' } },
  'get /healthz': { summary: 'Alive', answers: { 200: z.object({ status: z.literal('alive') }) } },
  'get /readyz': { summary: 'Ready to serve', answers: { 200: z.object({ status: z.literal('ready') }) } },
  'get /metrics': { summary: 'Prometheus metrics', answers: { 200: 'text/plain' } },
}

/** `/openapi.json` and `/asyncapi.json`: this surface, made of the schemas that parse it. */
export function apiRoutes(app: App, house: Pick<House, 'newsroom' | 'publicUrl'>): void {
  const document = openApi(house)
  const streams = asyncApi(house)
  app.get('/openapi.json', (c) => c.json(document, 200, { 'Cache-Control': 'public, max-age=60' }))
  app.get('/asyncapi.json', (c) => c.json(streams, 200, { 'Cache-Control': 'public, max-age=60' }))
}

function openApi({ newsroom, publicUrl }: Pick<House, 'newsroom' | 'publicUrl'>): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = name.split(' ')
    paths[path] = { ...paths[path], [method]: described(path, operation) }
  }
  return {
    openapi: '3.1.0',
    info: { title: `${newsroom.name}: alerts`, version: '1', description: 'Breaking news, at once and without loss.' },
    ...(publicUrl === null ? {} : { servers: [{ url: publicUrl }] }),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: "An editor's key" },
        token: { type: 'http', scheme: 'bearer', description: 'The token of the subscription' },
      },
    },
  }
}

function described(path: string, operation: Operation): object {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...Object.entries(operation.query ?? {}).map(([name, description]) => ({
      name,
      in: 'query',
      description,
      schema: { type: 'string' },
    })),
    ...(operation.once
      ? [{ name: 'Idempotency-Key', in: 'header', required: true, schema: { type: 'string', maxLength: 200 } }]
      : []),
  ]
  return {
    summary: operation.summary,
    ...(operation.key ? { security: [{ key: [] }] } : {}),
    ...(operation.token ? { security: [{ token: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(operation.body
      ? { requestBody: { required: true, content: json('application/json', operation.body, 'input') } }
      : {}),
    ...(operation.line ? { requestBody: { required: true, content: json(linesType, operation.line, 'input') } } : {}),
    responses: {
      ...Object.fromEntries(Object.entries(operation.answers).map(([status, answer]) => [status, answered(answer)])),
      default: {
        description: 'A problem (RFC 9457)',
        content: json('application/problem+json', problemAnswerSchema, 'output'),
      },
    },
  }
}

function answered(answer: z.ZodType | string): object {
  if (typeof answer === 'string') return { description: answer }
  return { description: 'Done', content: json('application/json', answer, 'output') }
}

function json(type: string, schema: z.ZodType, io: 'input' | 'output'): object {
  return { [type]: { schema: jsonSchema(schema, io) } }
}
