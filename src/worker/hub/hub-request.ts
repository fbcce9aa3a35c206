import { Problem } from '../../domain/problem.ts'
import { authenticate, testListener } from '../../http/sign-in.ts'
import { subprotocol } from '../../protocol/endpoints.ts'
import { asksForTests, parseStreamRequest, type StreamRequest } from '../../protocol/stream-request.ts'
import { agreesOnSubprotocol } from '../../protocol/subprotocol.ts'
import { newsroom } from '../bundled-newsroom.ts'

/** What a socket's reader asks for, and by which credential if it is more than the public audience. Throws a Problem. */
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

/** The headers that agree to the sub-protocol, where one is offered. Throws a Problem (400) when only others are. */
export function protocolHeaders(request: Request): Readonly<Record<string, string>> {
  const isAgreed = agreesOnSubprotocol(request.headers.get('sec-websocket-protocol'))
  return isAgreed ? { 'Sec-WebSocket-Protocol': subprotocol } : {}
}

/** Answers a reader's close with its own code (RFC 6455 §5.5.1); what must not stand in a frame is answered without one. */
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

/** There is no room, in one hub or in all of them. */
export function hubFull(): Problem {
  return new Problem(503, fullCode, 'There is no room for more readers at this moment. Come back soon.', {
    retryAfterSeconds,
  })
}
