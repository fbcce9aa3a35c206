import { hubLimits } from '../hub-limits.ts'
import { Problem } from '../problem.ts'

export const subprotocol = 'tocsin.v1.json'

/** A socket message as text. Throws a Problem for bytes, and for more than a message may have. */
export function textOf(message: string | ArrayBuffer): string {
  if (typeof message !== 'string')
    throw new Problem(400, 'binary-message', 'Messages are text: JSON, or the bare word ping.')
  if (new TextEncoder().encode(message).length > hubLimits.messageBytesMax)
    throw new Problem(413, 'message-too-large', `A message has at most ${hubLimits.messageBytesMax} bytes.`)
  return message
}

const fullCode = 'no-room'
const retryAfterSeconds = 5

/** There is no room, in one hub or in all of them. */
export function hubFull(): Problem {
  return new Problem(503, fullCode, 'There is no room for more readers at this moment. Come back soon.', {
    retryAfterSeconds,
  })
}
