import * as z from 'zod'
import { levels } from '../domain/alert-types.ts'
import { interestSchema } from '../domain/interest.ts'
import { resetReasons } from '../log/log.ts'
import { cursorSchema, entrySchema, timeSchema } from './alert-schemas.ts'
import { heartbeatSecondsMax, reconnectAfterMsMax } from './live-streams.ts'

// Every message of a live stream. /asyncapi.json is generated from these schemas, and the flow tests hold what the
// service sends to them. Nothing is checked against them when a message is sent.

const cursor = cursorSchema.meta({ description: 'Opaque; give it back as after= or Last-Event-ID.' })

/** What the server sends, by type. */
export const serverMessages = {
  welcome: z.strictObject({
    type: z.literal('welcome'),
    epoch: z.string(),
    head: z.int(),
    floor: z.int(),
    cursor,
    resume: z.enum(['live', 'replay', 'reset']),
    heartbeatSeconds: z.int().min(1).max(heartbeatSecondsMax),
    limits: z.strictObject({
      messageBytesMax: z.int(),
      replayEntriesMax: z.int(),
      budgetBytes: z.int().optional().meta({ description: 'What budget= asked for; absent without it.' }),
      limitEntries: z.int().optional().meta({ description: 'What limit= asked for; absent without it.' }),
    }),
  }),
  alert: entrySchema.extend({ type: z.literal('alert') }),
  live: z.strictObject({ type: z.literal('live'), cursor }),
  head: z.strictObject({ type: z.literal('head'), cursor, at: timeSchema }),
  reset: z.strictObject({
    type: z.literal('reset'),
    reason: z.enum(resetReasons),
    head: cursor,
    snapshot: z.string().startsWith('/'),
  }),
  interest: z.strictObject({
    type: z.literal('interest'),
    interest: z.strictObject({
      languages: z.union([z.literal('*'), z.array(z.string())]),
      topics: z.array(z.string()),
      level: z.enum(levels),
      isDesk: z.boolean().optional(),
    }),
  }),
  error: z.strictObject({ type: z.literal('error'), code: z.string(), detail: z.string() }),
  goodbye: z.strictObject({
    type: z.literal('goodbye'),
    reconnectAfterMs: z.int().min(0).max(reconnectAfterMsMax),
    code: z.string().optional(),
  }),
} as const

/** What a client sends on a socket, besides the bare word `ping`. */
export const clientMessages = {
  interest: interestSchema.extend({ type: z.literal('interest') }),
  ping: z.looseObject({ type: z.literal('ping') }),
} as const

type ReadOnly<T> = T extends object ? { readonly [Name in keyof T]: ReadOnly<T[Name]> } : T

/** A message of the server, before it is encoded for a connection. */
export type Message = ReadOnly<z.output<(typeof serverMessages)[keyof typeof serverMessages]>>

/** A message of a client, as JSON. */
export type ClientMessage = ReadOnly<z.input<(typeof clientMessages)[keyof typeof clientMessages]>>
