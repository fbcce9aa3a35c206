import type { Frame } from '../../../protocol/messages.ts'

/** Writes encoded messages to one WebSocket. */
export type SocketWriter = {
  /** Writes one or more messages. False: the buffer is full; the connection's `drain` event follows. */
  write(frame: Frame): boolean
}
