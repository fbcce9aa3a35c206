import { type Interest, interestQuery } from '../domain/interest.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import { kindIn } from '../domain/rendering/in-language.ts'
import { sentAlert } from '../domain/rendering/sent-alert.ts'
import type { Bounds, Entry, ResetReason, Start } from '../log/log.ts'
import { renderEntry } from '../log/sign-entry.ts'
import { formatCursor } from './cursor.ts'
import type { StreamLimits } from './live-streams.ts'
import type { Message } from './message-schemas.ts'
import type { StreamTerms } from './terms/stream-terms.ts'

/** A message encoded once for one kind of connection. All readers share the bytes, so they are never changed. */
export type Frame = Uint8Array

/** Concatenates frames; null stands for a message that this encoding does not have. */
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

/** How messages become the bytes of one kind of connection. Null: such a connection does not carry that message. */
export interface Encoding {
  readonly name: string
  frame(message: Message): Frame | null
}

/** The message of an entry for one reader: in one language, or with all texts for `*`. */
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
    alert: language === '*' ? withProofs(entry) : renderEntry(entry, language, newsroom),
  }
}

function withProofs({ alert, proofs }: Entry) {
  const sent = sentAlert(alert)
  return proofs === undefined ? sent : { ...sent, proofs }
}

/** The first message: where the reader begins, and the limits. */
function welcomeMessage({ epoch, floor, head }: Bounds, start: Start, limits: StreamLimits & StreamTerms): Message {
  const { messageBytesMax, replayEntriesMax, budgetBytes, limitEntries } = limits
  return {
    type: 'welcome',
    epoch,
    head,
    floor,
    cursor: formatCursor({ epoch, seq: start.seq }),
    resume: start.resume,
    heartbeatSeconds: limits.heartbeatSeconds,
    limits: {
      ...{ messageBytesMax, replayEntriesMax },
      ...(budgetBytes === undefined ? {} : { budgetBytes }),
      ...(limitEntries === undefined ? {} : { limitEntries }),
    },
  }
}

/**
 * The first frame to a reader: welcome, and a reset if there is one. One frame, because a reader who is full after the first of
 * two must not be written the second. Null when the connection carries neither: an event stream begins with its replay.
 */
export function greetingFrame(
  { wire, interest }: { readonly wire: Encoding; readonly interest: Interest },
  start: Start,
  bounds: Bounds,
  limits: StreamLimits & StreamTerms,
): Frame | null {
  const welcome = wire.frame(welcomeMessage(bounds, start, limits))
  const reset = start.resume === 'reset' ? wire.frame(resetMessage(bounds, start.reason, interest)) : null
  const greeting = joined([welcome, reset])
  return greeting.length === 0 ? null : greeting
}

/** Says that the reader's cursor cannot be resumed, and where to read the current alerts. */
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
