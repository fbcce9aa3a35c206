import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem, type ProblemBody } from '../../../domain/problem.ts'
import { eventStreamHeaders, eventText, retryText } from '../../../protocol/event-encoding.ts'

/** Why the front itself answers, and not a node. */
export type FrontRefusal = keyof typeof sentences

const retrySeconds = 2
const sentences = {
  'no-node': [503, 'No node of the cluster takes requests at the moment. Try again in a few seconds.'],
  'node-lost': [
    503,
    'The node ended before it had answered. Whether the request was carried out is not known: send it again, with the same Idempotency-Key.',
  ],
  'node-silent': [504, 'The node did not answer in time. Send it again, with the same Idempotency-Key.'],
  'target-unreadable': [400, 'The target of the request has characters that no address has. Correct it.'],
} as const

/** The problem (RFC 9457) of a refusal. */
export function problemOf(refusal: FrontRefusal): { readonly status: number; readonly body: ProblemBody } {
  const [status, sentence] = sentences[refusal]
  return { status, body: new Problem(status, refusal, sentence).body() }
}

/** Answers in the place of a node. */
export function refuse(incoming: IncomingMessage, outgoing: ServerResponse, refusal: FrontRefusal): void {
  const { status, body } = problemOf(refusal)
  // Any status but 200 ends an EventSource for good (https://html.spec.whatwg.org/#sse-processing-model).
  if (status >= 500 && isEventSource(incoming)) {
    const reconnectAfterMs = retrySeconds * 1_000 + Math.floor(Math.random() * retrySeconds * 1_000)
    outgoing.writeHead(200, { ...eventStreamHeaders, ...openHeaders })
    outgoing.end(retryText(reconnectAfterMs) + eventText({ type: 'goodbye', reconnectAfterMs, code: refusal }))
    return
  }
  outgoing.writeHead(status, refusalHeaders(status))
  outgoing.end(JSON.stringify(body))
}

/** A refusal as a whole HTTP response, for a connection that asked for a WebSocket and ends with it. */
export function refusalText(refusal: FrontRefusal): string {
  const { status, body } = problemOf(refusal)
  const text = JSON.stringify(body)
  const headers = { ...refusalHeaders(status), 'Content-Length': String(Buffer.byteLength(text)), Connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${body.title}\r\n${lines.join('')}\r\n${text}`
}

/** A page of another origin may read the answer, as it may those of a node. */
const openHeaders = { 'Access-Control-Allow-Origin': '*' }

function refusalHeaders(status: number): Record<string, string> {
  return {
    ...openHeaders,
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(status >= 500 ? { 'Retry-After': String(retrySeconds) } : {}),
  }
}

function isEventSource({ method, headers: { accept = '' } }: IncomingMessage): boolean {
  return method === 'GET' && /^\s*text\/event-stream\s*(;|$)/i.test(accept) && !accept.includes(',')
}
