import type { Problem } from '../../domain/problem.ts'
import { eventStreamHeaders, eventText, retryText } from '../../protocol/event-encoding.ts'
import { reconnectAfterMsMax } from '../../protocol/live-streams.ts'

const waitSecondsUsual = 5

/** Whether a request is made by an EventSource: it accepts `text/event-stream` only. */
export function isEventSource(accept: string | null | undefined): boolean {
  return /^\s*text\/event-stream\s*(;|$)/i.test(accept ?? '') && !accept?.includes(',')
}

/** Whether a refusal holds for the moment only. */
export function isTemporary({ status }: Problem): boolean {
  return status === 429 || status === 503
}

/**
 * A temporary refusal as an event stream that ends at once. Any other status than 200 ends an EventSource for good
 * (https://html.spec.whatwg.org/#sse-processing-model); so it reconnects, with its Last-Event-ID.
 */
export function eventRefusal(problem: Problem, random: () => number = Math.random): Response {
  const leastMs = (problem.retryAfterSeconds ?? waitSecondsUsual) * 1_000
  // Spread, so that those who were refused together do not come back together.
  const retryMs = Math.min(leastMs + Math.floor(random() * leastMs), reconnectAfterMsMax)
  const goodbye = eventText({ type: 'goodbye', reconnectAfterMs: retryMs, code: problem.code })
  return new Response(`${retryText(retryMs)}${goodbye}`, { status: 200, headers: eventStreamHeaders })
}
