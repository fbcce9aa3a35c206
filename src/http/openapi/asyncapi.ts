import * as z from 'zod'
import { createSchema } from 'zod-openapi'
import type { Newsroom } from '../../domain/newsroom.ts'
import { socketInterestSchema } from '../../protocol/socket-message.ts'
import { streamParameters } from '../../protocol/stream-request.ts'
import { entryAnswer } from './response-schemas.ts'

const cursor = z.string().meta({ description: 'Opaque; give it back as after= or Last-Event-ID.' })
const time = z.iso.datetime({ precision: 3 })

/** What the streams say. */
export const streamMessages = {
  welcome: z.strictObject({
    type: z.literal('welcome'),
    epoch: z.string(),
    head: z.int(),
    floor: z.int(),
    cursor,
    resume: z.enum(['live', 'replay', 'reset']),
    heartbeatSeconds: z.int(),
    limits: z.strictObject({ messageBytesMax: z.int(), replayEntriesMax: z.int() }),
  }),
  alert: entryAnswer.extend({ type: z.literal('alert') }),
  live: z.strictObject({ type: z.literal('live'), cursor }),
  head: z.strictObject({ type: z.literal('head'), cursor, at: time }),
  reset: z.strictObject({
    type: z.literal('reset'),
    reason: z.enum(['cursor-too-old', 'log-changed', 'cursor-ahead', 'replay-limit']),
    head: cursor,
    snapshot: z.string(),
  }),
  interest: z.strictObject({ type: z.literal('interest'), interest: z.looseObject({ level: z.string() }) }),
  error: z.strictObject({ type: z.literal('error'), code: z.string(), detail: z.string() }),
  goodbye: z.strictObject({ type: z.literal('goodbye'), reconnectAfterMs: z.int(), code: z.string().optional() }),
} as const

type Message = keyof typeof streamMessages

const summaries: Readonly<Record<Message, string>> = {
  welcome: 'The first message: where the reader begins, and what holds here',
  alert: 'An entry of the log as this reader sees it',
  live: 'The replay has ended',
  head: 'The position of this very reader, with every heartbeat and as the answer to a ping',
  reset: 'The cursor cannot be resumed; snapshot leads to how things stand',
  interest:
    'What the reader is told of: after a change, and to one who comes back with languages or topics that are no more',
  error: 'What was wrong with a message; too many of them, or too large a one, close the socket with 4002',
  goodbye:
    'Come back within this time, at a moment of your own choice: the server stops, or code says why it takes nobody now',
}

const onEventStream = ['alert', 'live', 'head', 'reset', 'interest', 'goodbye'] as const satisfies readonly Message[]

/** What a socket is closed with (RFC 6455 §7.4.2), and what a client does then. */
const closeCodes: Readonly<Record<number, string>> = {
  1001: 'Going away: back off, then come back with the cursor',
  1011: 'Trouble of the server: back off, then come back with the cursor',
  4001: 'The key or the session by which test alerts were heard has ended: do not come back, sign in again',
  4002: 'Too many messages that are not understood, or one too large: do not come back, mend it first',
  4100: 'Too many messages: back off with full jitter',
  4101: 'Too slow: back off with full jitter, then come back with the cursor',
  4103: 'Silent: back off with full jitter, then come back with the cursor',
  4200: 'The server stops: come back within the spread that goodbye gave',
}

/** What the two descriptions are made with. `publicUrl`: the origin of their servers; null: they name none. */
export type ApiDeps = { readonly newsroom: Newsroom; readonly publicUrl: string | null }

/** The streams as AsyncAPI 3.0, told from the side of the service: it sends what readers hear. */
export function asyncApi({ newsroom, publicUrl }: ApiDeps): object {
  const { messages, schemas } = components()
  return {
    asyncapi: '3.0.0',
    info: {
      title: `${newsroom.name}: live streams`,
      version: '1',
      description: 'Alerts as they come. At least once across reconnections; once and in order within a connection.',
      license: { name: 'MIT' },
      tags: [{ name: 'streams' }],
    },
    defaultContentType: 'application/json',
    ...(publicUrl === null ? {} : { servers: serversOf(new URL(publicUrl)) }),
    channels: {
      socket: channel('/v1/socket', 'A WebSocket (sub-protocol tocsin.v1.json, or none)', socketMessages, {
        'x-close-codes': closeCodes,
        ...(publicUrl === null ? {} : { servers: [{ $ref: '#/servers/socket' }] }),
      }),
      events: channel('/v1/events', 'An event stream; id is the cursor, event the type', onEventStream, {
        ...(publicUrl === null ? {} : { servers: [{ $ref: '#/servers/events' }] }),
      }),
    },
    operations: {
      tellSocket: operation('send', 'socket', Object.keys(streamMessages), 'What a reader hears on a socket'),
      hearSocket: operation('receive', 'socket', heard, 'What a reader may say on a socket'),
      tellEvents: operation('send', 'events', onEventStream, 'What a reader hears on an event stream'),
    },
    components: { messages, schemas },
  }
}

const heard = ['setInterest', 'ping', 'pingObject'] as const
const socketMessages = [...Object.keys(streamMessages), ...heard]

function serversOf({ protocol, host, pathname }: URL): object {
  const isSecure = protocol === 'https:'
  const path = pathname === '/' ? {} : { pathname }
  return {
    socket: { host, ...path, protocol: isSecure ? 'wss' : 'ws' },
    events: { host, ...path, protocol: isSecure ? 'https' : 'http' },
  }
}

function channel(address: string, description: string, names: readonly string[], more: object): object {
  const query = createSchema(z.object(queryShape()), { io: 'input' }).schema
  return {
    address,
    description,
    messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    ...(address === '/v1/socket' ? { bindings: { ws: { method: 'GET', query } } } : { 'x-query': query }),
    ...more,
  }
}

function queryShape(): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(streamParameters).map(([name, { schema, description, ...parameter }]) => [
      name,
      ('list' in parameter ? z.string() : schema).optional().meta({ description }),
    ]),
  )
}

function operation(action: 'send' | 'receive', channelName: string, names: readonly string[], summary: string): object {
  return {
    action,
    summary,
    channel: { $ref: `#/channels/${channelName}` },
    messages: names.map((name) => ({ $ref: `#/channels/${channelName}/messages/${name}` })),
  }
}

function components(): { readonly messages: object; readonly schemas: object } {
  const schemas: Record<string, object> = {}
  const payloadOf = (schema: z.ZodType, io: 'input' | 'output') => {
    const made = createSchema(schema, { io })
    Object.assign(schemas, made.components)
    return made.schema
  }
  const said = Object.entries(streamMessages).map(([name, schema]) => [
    name,
    { name, summary: summaries[name as Message], payload: payloadOf(schema, 'output') },
  ])
  const messages = {
    ...Object.fromEntries(said),
    setInterest: {
      name: 'setInterest',
      summary: 'Wants something else from here on; what is left out stays as it is',
      payload: payloadOf(socketInterestSchema, 'input'),
    },
    ping: {
      name: 'ping',
      summary: 'Asks for a head; the bare word',
      contentType: 'text/plain',
      payload: { type: 'string', const: 'ping' },
    },
    pingObject: {
      name: 'pingObject',
      summary: 'Asks for a head, as JSON',
      payload: payloadOf(z.looseObject({ type: z.literal('ping') }), 'input'),
    },
  }
  return { messages, schemas }
}
