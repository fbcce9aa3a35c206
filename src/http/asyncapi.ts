import { z } from 'zod'
import { entryAnswer } from './answers.ts'
import type { House } from './house.ts'
import { jsonSchema } from './json-schema.ts'
import { socketInterestSchema } from './socket-message.ts'

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
  goodbye: z.strictObject({ type: z.literal('goodbye'), reconnectAfterMs: z.int() }),
} as const

const onEventStream = ['alert', 'live', 'head', 'reset', 'goodbye'] as const

/** The streams as AsyncAPI 3.0. */
export function asyncApi({ newsroom, publicUrl }: Pick<House, 'newsroom' | 'publicUrl'>): object {
  const host = publicUrl === null ? null : new URL(publicUrl).host
  const names = Object.keys(streamMessages)
  const channel = (address: string, said: readonly string[], heard: readonly string[]) => ({
    address,
    messages: Object.fromEntries([...said, ...heard].map((name) => [name, { $ref: `#/components/messages/${name}` }])),
  })
  const operation = (action: string, channelName: string, messages: readonly string[]) => ({
    action,
    channel: { $ref: `#/channels/${channelName}` },
    messages: messages.map((name) => ({ $ref: `#/channels/${channelName}/messages/${name}` })),
  })
  return {
    asyncapi: '3.0.0',
    info: { title: `${newsroom.name}: live streams`, version: '1' },
    ...(host === null ? {} : { servers: { live: { host, protocol: 'wss' } } }),
    channels: {
      socket: channel('/v1/socket', names, ['setInterest', 'ping']),
      events: channel('/v1/events', onEventStream, []),
    },
    operations: {
      tellSocket: operation('send', 'socket', names),
      hearSocket: operation('receive', 'socket', ['setInterest', 'ping']),
      tellEvents: operation('send', 'events', onEventStream),
    },
    components: { messages: messages() },
  }
}

function messages(): Record<string, object> {
  const said = Object.entries(streamMessages).map(([name, schema]) => [name, { payload: jsonSchema(schema, 'output') }])
  return {
    ...Object.fromEntries(said),
    setInterest: { payload: jsonSchema(socketInterestSchema, 'input') },
    ping: { payload: { const: 'ping' }, contentType: 'text/plain' },
  }
}
