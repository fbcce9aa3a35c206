import { render } from '../domain/alert.ts'
import { type Interest, interestQuery } from '../domain/interest.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import { kindIn } from '../log/language-status.ts'
import { type Bounds, type Entry, formatCursor, type ResetReason, type Start } from '../log/log.ts'
import type { StreamLimits } from './stream-limits.ts'

/** What a live stream says, before it is encoded for a wire. */
export type Message =
  | {
      readonly type: 'welcome'
      readonly epoch: string
      readonly head: number
      readonly floor: number
      readonly cursor: string
      readonly resume: 'live' | 'replay' | 'reset'
      readonly heartbeatSeconds: number
      readonly limits: { readonly messageBytesMax: number; readonly replayEntriesMax: number }
    }
  | {
      readonly type: 'alert'
      readonly seq: number
      readonly cursor: string
      readonly kind: Entry['kind']
      readonly at: string
      readonly alert: object
    }
  | { readonly type: 'live'; readonly cursor: string }
  | { readonly type: 'head'; readonly cursor: string; readonly at: string }
  | { readonly type: 'reset'; readonly reason: ResetReason; readonly head: string; readonly snapshot: string }
  | { readonly type: 'interest'; readonly interest: Omit<Interest, 'audience'> }
  | { readonly type: 'error'; readonly code: string; readonly detail: string }
  | { readonly type: 'goodbye'; readonly reconnectAfterMs: number; readonly code?: string }

/** A message encoded once for one wire; shared by all who get it, so never changed after. */
export type Frame = Uint8Array

/** Frames one after the other, as one; those that a wire does not have are left out. */
export function joined(frames: readonly (Frame | null)[]): Frame {
  const given = frames.filter((frame) => frame !== null)
  const [only] = given
  if (only !== undefined && given.length === 1) return only
  const bytes = new Uint8Array(given.reduce((length, frame) => length + frame.length, 0))
  let at = 0
  for (const frame of given) {
    bytes.set(frame, at)
    at += frame.length
  }
  return bytes
}

/** How messages become bytes. Null: this wire does not say such a thing. */
export interface Encoding {
  readonly name: string
  frame(message: Message): Frame | null
}

/** An entry as one reader is told of it: in one language, or with all texts for `*`. */
export function entryMessage(
  entry: Entry,
  language: string,
  epoch: string,
  newsroom: Pick<Newsroom, 'languages'>,
): Message & { type: 'alert' } {
  return {
    type: 'alert',
    seq: entry.seq,
    cursor: formatCursor({ epoch, seq: entry.seq }),
    kind: kindIn(entry, language),
    at: entry.at,
    alert: language === '*' ? entry.alert : render(entry.alert, language, newsroom),
  }
}

/** Where the reader begins, and what holds here. */
function welcomeMessage({ epoch, floor, head }: Bounds, start: Start, limits: StreamLimits): Message {
  return {
    type: 'welcome',
    epoch,
    head,
    floor,
    cursor: formatCursor({ epoch, seq: start.seq }),
    resume: start.resume,
    heartbeatSeconds: limits.heartbeatSeconds,
    limits: { messageBytesMax: limits.messageBytesMax, replayEntriesMax: limits.replayEntriesMax },
  }
}

/**
 * The first frame to a reader: welcome, and a reset if there is one. One frame, because a reader who is full after the first of
 * two must not be written the second. Null when the wire has nothing to say: the replay begins.
 */
export function greetingFrame(
  { wire, interest }: { readonly wire: Encoding; readonly interest: Interest },
  start: Start,
  bounds: Bounds,
  limits: StreamLimits,
): Frame | null {
  const welcome = wire.frame(welcomeMessage(bounds, start, limits))
  const reset = start.resume === 'reset' ? wire.frame(resetMessage(bounds, start.reason, interest)) : null
  const greeting = joined([welcome, reset])
  return greeting.length === 0 ? null : greeting
}

/** Tells a reader that their cursor cannot be resumed, and where to read how things stand. */
export function resetMessage({ epoch, head }: Bounds, reason: ResetReason, interest: Interest): Message {
  const cursor = formatCursor({ epoch, seq: head })
  return { type: 'reset', reason, head: cursor, snapshot: `/v1/alerts?${interestQuery(interest)}` }
}

export function headMessage({ epoch, head }: Bounds, at: string): Message {
  return { type: 'head', cursor: formatCursor({ epoch, seq: head }), at }
}

export function liveMessage({ epoch, head }: Bounds): Message {
  return { type: 'live', cursor: formatCursor({ epoch, seq: head }) }
}

/** The text of a WebSocket message. */
export function socketText(message: Message): string {
  return JSON.stringify(message)
}

const onEventStream = new Set<Message['type']>(['alert', 'live', 'head', 'reset', 'interest', 'goodbye'])

/**
 * The text of one event of an event stream (WHATWG HTML §9.2.5), or null for what only a socket says. Every event that
 * moves a position carries it as `id`; JSON has no line break in it, so one data line is enough.
 */
export function eventText(message: Message): string | null {
  if (!onEventStream.has(message.type)) return null
  const id = 'cursor' in message ? `id: ${message.cursor}\n` : message.type === 'reset' ? `id: ${message.head}\n` : ''
  return `${id}event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`
}
