import { eventText } from '../../protocol/event-encoding.ts'
import type { Message } from '../../protocol/message-schemas.ts'
import { type Encoding, type Frame, socketText } from '../../protocol/messages.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The platform frames WebSocket messages itself, so a frame here is lines of JSON: joined frames come apart again. */
export const socketEncoding: Encoding = {
  name: 'socket',
  frame: (message) => encoder.encode(`${socketText(message)}\n`),
}

/** Events as they go over the wire; null for what only a socket says. */
export const eventEncoding: Encoding = {
  name: 'event stream',
  frame(message: Message) {
    const text = eventText(message)
    return text === null ? null : encoder.encode(text)
  },
}

const known = new WeakMap<Frame, readonly string[]>()

/** The messages of a socket frame. A frame goes to thousands and is taken apart once. */
export function textsOf(frame: Frame): readonly string[] {
  const found = known.get(frame)
  if (found !== undefined) return found
  const texts = decoder.decode(frame).split('\n').slice(0, -1)
  known.set(frame, texts)
  return texts
}
