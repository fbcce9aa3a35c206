import { cursorPattern, seqOf } from '../protocol/cursor.ts'
import type { Message } from '../protocol/message-schemas.ts'

/** The fields that the client reads of each message. It passes over all others, so that a later server may add some. */
type FieldsRead = {
  welcome: 'cursor' | 'resume' | 'heartbeatSeconds'
  alert: 'seq' | 'cursor' | 'kind' | 'at' | 'alert'
  live: 'cursor'
  head: 'cursor'
  reset: 'reason' | 'head' | 'snapshot'
  interest: never
  error: 'code' | 'detail'
  goodbye: 'reconnectAfterMs' | 'code'
}
type Read<Sent, Fields> = Pick<Sent, Extract<keyof Sent, 'type' | Fields>>

/** A message of the server, with the fields that the client reads. */
export type ServerMessage = {
  readonly [Type in Message['type']]: Read<Extract<Message, { readonly type: Type }>, FieldsRead[Type]>
}[Message['type']]

type Fields = Record<string, unknown>

// The checks of message-schemas.ts by hand, because zod would be several times the size of the client. Which kinds of
// change, reasons and codes there are is left to the server: tests/client/server-messages.test.ts compares the two.
const checks: Readonly<Record<Message['type'], (fields: Fields) => boolean>> = {
  welcome: ({ cursor, resume, heartbeatSeconds }) =>
    isCursor(cursor) &&
    (resume === 'live' || resume === 'replay' || resume === 'reset') &&
    Number.isSafeInteger(heartbeatSeconds) &&
    Number(heartbeatSeconds) > 0,
  alert: ({ seq, cursor, kind, at, alert }) =>
    Number.isSafeInteger(seq) &&
    isCursor(cursor) &&
    seqOf(cursor) === seq &&
    typeof kind === 'string' &&
    typeof at === 'string' &&
    typeof alert === 'object' &&
    alert !== null,
  live: ({ cursor }) => isCursor(cursor),
  head: ({ cursor }) => isCursor(cursor),
  reset: ({ reason, head, snapshot }) =>
    typeof reason === 'string' && isCursor(head) && typeof snapshot === 'string' && snapshot.startsWith('/'),
  interest: () => true,
  error: ({ code, detail }) => typeof code === 'string' && typeof detail === 'string',
  goodbye: ({ reconnectAfterMs, code }) =>
    Number.isSafeInteger(reconnectAfterMs) &&
    Number(reconnectAfterMs) >= 0 &&
    (code === undefined || typeof code === 'string'),
}

/** Parses one message; null for a type that is not known here. Throws a SyntaxError for what no server of ours sends. */
export function parseServerMessage(text: string): ServerMessage | null {
  const input: unknown = JSON.parse(text)
  const fields = Object(input) as Fields
  const { type } = fields
  if (typeof type !== 'string') throw new SyntaxError('A message must be a JSON object with a type.')
  // Object.hasOwn would be shorter, but Chrome below 93 and Safari below 15.4 lack it.
  // biome-ignore lint/suspicious/noPrototypeBuiltins: as above.
  if (!Object.prototype.hasOwnProperty.call(checks, type)) return null
  if (!checks[type as Message['type']](fields))
    throw new SyntaxError(`A field of a message of type ${type} is missing or has a wrong value.`)
  // The check above has looked at every field that the type names.
  return input as ServerMessage
}

function isCursor(value: unknown): value is string {
  return typeof value === 'string' && cursorPattern.test(value)
}
