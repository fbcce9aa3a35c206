import { heartbeatSecondsOf } from './live-streams.ts'
import type { Message } from './message-schemas.ts'
import type { StreamTerms } from './terms/stream-terms.ts'

// How messages go over an event stream (https://html.spec.whatwg.org/#server-sent-events). No zod here: the client uses it.

export const eventStreamType = 'text/event-stream'

/** The headers of every event stream: nothing on the way may keep it, change it or hold it back. */
export const eventStreamHeaders = {
  // Written out, so that a bundle of the client leaves the object out.
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const

/** The header that says how often an event comes at least, in seconds: on a socket the welcome says it. */
export const heartbeatHeader = 'Heartbeat-Seconds'

/** The headers that repeat what `budget` and `limit` asked for: on a socket the welcome does. */
export const budgetHeader = 'Budget-Bytes'
export const limitHeader = 'Limit-Entries'
/** The headers of an event stream with what a socket's welcome says. */
export const welcomeHeaderNames = [heartbeatHeader, budgetHeader, limitHeader] as const

/** The headers with what a socket's welcome says: an event stream begins with the missed entries instead. */
export function welcomeHeaders(terms: StreamTerms | undefined, usualSeconds: number): Readonly<Record<string, string>> {
  const { budgetBytes, limitEntries } = terms ?? {}
  return {
    [heartbeatHeader]: String(heartbeatSecondsOf(terms, usualSeconds)),
    ...(budgetBytes === undefined ? {} : { [budgetHeader]: String(budgetBytes) }),
    ...(limitEntries === undefined ? {} : { [limitHeader]: String(limitEntries) }),
  }
}

/** The header in which a browser's EventSource sends the id of the last event it has seen. */
export const lastEventIdHeader = 'Last-Event-ID'

/** A longer event is not ours: in characters, so that a wrong or hostile server cannot fill a client's memory. */
export const eventCharsMax = 1_048_576

/** The types of message that an event stream carries. A welcome would be no event that anybody acts on; nothing can be answered. */
export const eventTypes = ['alert', 'live', 'head', 'reset', 'interest', 'goodbye'] as const satisfies Message['type'][]

/** How long an EventSource waits after a goodbye that asks it to come back at once: not 0, in case the service is away then. */
const retryAtOnceMs = 500

/**
 * The text of one event, or null for what only a socket carries. Each event that moves the reader's position carries the
 * cursor as `id`. JSON has no line break in it, so one data line is enough.
 */
export function eventText(message: Message): string | null {
  if (!(eventTypes as readonly string[]).includes(message.type)) return null
  const id = 'cursor' in message ? `id: ${message.cursor}\n` : message.type === 'reset' ? `id: ${message.head}\n` : ''
  // An EventSource waits for what `retry` said last, whatever a goodbye says.
  const retry = message.type === 'goodbye' && message.reconnectAfterMs === 0 ? `retry: ${retryAtOnceMs}\n` : ''
  return `${retry}${id}event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`
}

/** The first lines of a stream: how long an EventSource waits before it connects again, in milliseconds. */
export function retryText(ms: number): string {
  return `retry: ${ms}\n\n`
}
