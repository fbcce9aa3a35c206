import type { Message } from './message-schemas.ts'

// How messages go over an event stream (https://html.spec.whatwg.org/#server-sent-events). No zod here: the client uses it.

export const eventStreamType = 'text/event-stream'

/** The headers of every event stream: nothing on the way may keep it, change it or hold it back. */
export const eventStreamHeaders = {
  'Content-Type': `${eventStreamType}; charset=utf-8`,
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const

/** The header that says how often an event comes at least, in seconds: on a socket the welcome says it. */
export const heartbeatHeader = 'Heartbeat-Seconds'

/** The header in which a browser's EventSource sends the id of the last event it has seen. */
export const lastEventIdHeader = 'Last-Event-ID'

/** A longer event is not ours: in characters, so that a wrong or hostile server cannot fill a client's memory. */
export const eventCharsMax = 1_048_576

/** The types of message that an event stream carries. A welcome would be no event that anybody acts on; nothing can be answered. */
export const eventTypes = ['alert', 'live', 'head', 'reset', 'interest', 'goodbye'] as const satisfies Message['type'][]

const onEventStream: ReadonlySet<string> = new Set(eventTypes)

/**
 * The text of one event, or null for what only a socket carries. Each event that moves the reader's position carries the
 * cursor as `id`. JSON has no line break in it, so one data line is enough.
 */
export function eventText(message: Message): string | null {
  if (!onEventStream.has(message.type)) return null
  const id = 'cursor' in message ? `id: ${message.cursor}\n` : message.type === 'reset' ? `id: ${message.head}\n` : ''
  return `${id}event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`
}

/** The first lines of a stream: how long an EventSource waits before it connects again, in milliseconds. */
export function retryText(ms: number): string {
  return `retry: ${ms}\n\n`
}
