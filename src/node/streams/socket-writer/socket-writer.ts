import type { Frame } from '../../../protocol/messages.ts'

/** Writes encoded messages to one WebSocket. */
export type SocketWriter = {
  /** Takes one or more messages, one after the other. False: full; the connection's `drain` event says when it is not. */
  write(frame: Frame): boolean
}
