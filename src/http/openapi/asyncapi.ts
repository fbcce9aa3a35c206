import * as z from 'zod'
import { createSchema } from 'zod-openapi'
import type { Newsroom } from '../../domain/newsroom.ts'
import {
  closeBadMessage,
  closeBudgetSpent,
  type closeCodes,
  closeDraining,
  closeGoingAway,
  closeInternal,
  closeKeyEnded,
  closeOverloaded,
  closeSilent,
  closeTooSlow,
} from '../../protocol/close-codes.ts'
import { eventTypes } from '../../protocol/event-encoding.ts'
import { eventsPath, socketPath, subprotocol } from '../../protocol/live-streams.ts'
import { clientMessages, type Message, serverMessages } from '../../protocol/message-schemas.ts'
import { streamParameters } from '../../protocol/stream-request.ts'

const summaries: Readonly<Record<Message['type'], string>> = {
  welcome: 'The first message: where the reader begins, and what holds here',
  alert: 'An entry of the log as this reader sees it',
  live: 'The replay has ended',
  head: 'The position of this very reader, with every heartbeat and as the answer to a ping',
  reset: 'The cursor cannot be resumed; snapshot leads to how things stand',
  interest:
    'What the reader is sent from now on: after a change, and to one who returns with languages or topics that no longer exist',
  error: `What was wrong with a message; too many of them, or one too large, close the socket with ${closeBadMessage}`,
  goodbye:
    'Come back within this time, at a moment of your own choice (0: at once): the server stops, budget or limit is spent, or code says why it takes nobody now',
}

/** What a client does after each code (RFC 6455 §7.4.2). */
const closeCodeMeanings: Readonly<Record<(typeof closeCodes)[number] | typeof closeGoingAway, string>> = {
  [closeGoingAway]: 'Going away: back off, then come back with the cursor',
  [closeInternal]: 'An error of the server: back off, then come back with the cursor',
  [closeKeyEnded]: 'The key or the session that allowed test alerts has ended: do not come back, sign in again',
  [closeBadMessage]:
    'Too many messages that are not understood, or one too large: do not come back, correct them first',
  [closeOverloaded]: 'Too many messages: back off with full jitter',
  [closeTooSlow]: 'Too slow: back off with full jitter, then come back with the cursor',
  [closeSilent]: 'Silent: back off with full jitter, then come back with the cursor',
  [closeDraining]: 'The server stops: come back within the spread that goodbye gave',
  [closeBudgetSpent]: 'What budget or limit allows on one connection is sent: come back at once with the cursor',
}

/** What the two descriptions are made with. `publicUrl`: the origin of their servers; null: they name none. */
export type ApiDeps = { readonly newsroom: Newsroom; readonly publicUrl: string | null }

/** The streams as AsyncAPI 3.0, from the side of the service: it sends, readers receive. */
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
      socket: channel(socketPath, `A WebSocket (sub-protocol ${subprotocol}, or none)`, socketMessages, {
        'x-close-codes': closeCodeMeanings,
        ...(publicUrl === null ? {} : { servers: [{ $ref: '#/servers/socket' }] }),
      }),
      events: channel(eventsPath, 'An event stream; id is the cursor, event the type', eventTypes, {
        ...(publicUrl === null ? {} : { servers: [{ $ref: '#/servers/events' }] }),
      }),
    },
    operations: {
      tellSocket: operation('send', 'socket', Object.keys(serverMessages), 'What a reader receives on a socket'),
      hearSocket: operation('receive', 'socket', receivedMessages, 'What a reader may send on a socket'),
      tellEvents: operation('send', 'events', eventTypes, 'What a reader receives on an event stream'),
    },
    components: { messages, schemas },
  }
}

const receivedMessages = ['setInterest', 'ping', 'pingObject'] as const
const socketMessages = [...Object.keys(serverMessages), ...receivedMessages]

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
    ...(address === socketPath ? { bindings: { ws: { method: 'GET', query } } } : { 'x-query': query }),
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
  const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
    const made = createSchema(schema, { io })
    Object.assign(schemas, made.components)
    return made.schema
  }
  const sent = Object.entries(serverMessages).map(([name, schema]) => [
    name,
    { name, summary: summaries[name as Message['type']], payload: jsonSchemaOf(schema, 'output') },
  ])
  const messages = {
    ...Object.fromEntries(sent),
    setInterest: {
      name: 'setInterest',
      summary: 'Changes what the reader is sent from now on; fields that are left out stay as they are',
      payload: jsonSchemaOf(clientMessages.interest, 'input'),
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
      payload: jsonSchemaOf(clientMessages.ping, 'input'),
    },
  }
  return { messages, schemas }
}
