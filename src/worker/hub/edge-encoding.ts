import { eventText } from '../../protocol/event-encoding.ts'
import type { Message } from '../../protocol/message-schemas.ts'
import { type Encoding, type Frame, socketText } from '../../protocol/messages.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The platform frames WebSocket messages itself. A frame here is lines of JSON, so that joined frames can be split again. */
export const socketEncoding: Encoding = {
  name: 'socket',
  frame: (message) => encoder.encode(`${socketText(message)}\n`),
}

/** Encodes messages as events; null for messages that only sockets have. */
export const eventEncoding: Encoding = {
  name: 'event stream',
  frame(message: Message) {
    const text = eventText(message)
    return text === null ? null : encoder.encode(text)
  },
}

const known = new WeakMap<Frame, readonly string[]>()

/** The messages of a socket frame. A frame is sent to thousands and split once. */
export function textsOf(frame: Frame): readonly string[] {
  const found = known.get(frame)
  if (found !== undefined) return found
  const texts = decoder.decode(frame).split('\n').slice(0, -1)
  known.set(frame, texts)
  return texts
}
