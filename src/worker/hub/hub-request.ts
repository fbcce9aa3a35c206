import { Problem } from '../../domain/problem.ts'
import { authenticate, testListener } from '../../http/sign-in.ts'
import { closeInternal } from '../../protocol/close-codes.ts'
import { subprotocol } from '../../protocol/live-streams.ts'
import { asksForTests, parseStreamRequest, type StreamRequest } from '../../protocol/stream-request.ts'
import { agreesOnSubprotocol } from '../../protocol/subprotocol.ts'
import { newsroom } from '../bundled-newsroom.ts'

/** Parses a socket's request, with the credential if it is for more than the public audience. Throws a Problem. */
export async function streamRequestOf(
  deps: Parameters<typeof authenticate>[0],
  request: Request,
): Promise<StreamRequest> {
  const { searchParams } = new URL(request.url)
  const header = (name: string) => request.headers.get(name) ?? undefined
  const credential = asksForTests(searchParams) ? testListener(await authenticate(deps, header)) : null
  const asked = parseStreamRequest(searchParams, newsroom, credential !== null, header('last-event-id'))
  return { ...asked, credential }
}

/** The headers that accept the sub-protocol, where it is offered. Throws a Problem (400) when only others are offered. */
export function protocolHeaders(request: Request): Readonly<Record<string, string>> {
  const isAgreed = agreesOnSubprotocol(request.headers.get('sec-websocket-protocol'))
  return isAgreed ? { 'Sec-WebSocket-Protocol': subprotocol } : {}
}

/** Answers a close frame with its own code (RFC 6455 §5.5.1), or without a code when that one must not be sent. */
export function answerClose(socket: WebSocket, code: number, reason: string): void {
  try {
    if (code === 1000 || code >= 3000) socket.close(code, reason)
    else socket.close(1000)
  } catch {
    // The connection has ended already.
  }
}

const fullCode = 'no-room'
const retryAfterSeconds = 5

/** The Problem of a hub that is full, or of all hubs. */
export function hubFull(): Problem {
  return new Problem(503, fullCode, 'There is no room for more readers at this moment. Come back soon.', {
    retryAfterSeconds,
  })
}

/** Closes a socket whose reader was not stored: open, it would be sent nothing. */
export function closeUnknown(socket: WebSocket): void {
  socket.close(closeInternal, 'This reader is not known any more. Come back with your cursor.')
}
