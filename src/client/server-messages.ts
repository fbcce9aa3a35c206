import type { Kind } from './alert-types.ts'

/** What the server says that the client acts upon; the rest of the words are passed over, so that they can be added. */
export type Frame =
  | {
      readonly type: 'welcome'
      readonly cursor: string
      readonly resume: 'live' | 'replay' | 'reset'
      readonly heartbeatSeconds: number
    }
  | {
      readonly type: 'alert'
      readonly seq: number
      readonly cursor: string
      readonly kind: Kind
      readonly at: string
      readonly alert: object
    }
  | { readonly type: 'live' | 'head'; readonly cursor: string }
  | { readonly type: 'reset'; readonly reason: string; readonly head: string; readonly snapshot: string }
  | { readonly type: 'interest' }
  | { readonly type: 'error'; readonly code: string; readonly detail: string }
  | { readonly type: 'goodbye'; readonly reconnectAfterMs: number; readonly code?: string }

type Fields = Record<string, unknown>
const fits: Readonly<Record<Frame['type'], (fields: Fields) => boolean>> = {
  welcome: ({ cursor, resume, heartbeatSeconds }) =>
    isCursor(cursor) &&
    (resume === 'live' || resume === 'replay' || resume === 'reset') &&
    typeof heartbeatSeconds === 'number' &&
    heartbeatSeconds > 0,
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
    typeof reconnectAfterMs === 'number' && reconnectAfterMs >= 0 && (code === undefined || typeof code === 'string'),
}

/** Reads one frame; null for a word not known here. Throws a SyntaxError for what no server of ours would say. */
export function parseFrame(text: string): Frame | null {
  const input: unknown = JSON.parse(text)
  if (typeof input !== 'object' || input === null) throw new SyntaxError('A frame must be a JSON object.')
  const fields = input as Fields
  const { type } = fields
  if (typeof type !== 'string') throw new SyntaxError('A frame must have a type.')
  // Object.hasOwn would be shorter, but Chrome below 93 and Safari below 15.4 lack it.
  // biome-ignore lint/suspicious/noPrototypeBuiltins: as above.
  if (!Object.prototype.hasOwnProperty.call(fits, type)) return null
  if (!fits[type as Frame['type']](fields)) throw new SyntaxError(`A frame of type ${type} lacks a field.`)
  // The test above has looked at every field that the type names.
  return input as Frame
}

/** The log a cursor belongs to. */
export function epochOf(cursor: string): string {
  return cursor.slice(0, cursor.lastIndexOf('.'))
}

/** The place in its log that a cursor names. */
export function seqOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('.') + 1))
}

function isCursor(value: unknown): value is string {
  return typeof value === 'string' && /^[^.]+\.\d{1,15}$/.test(value)
}
