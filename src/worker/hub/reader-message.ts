import { Problem } from '../../domain/problem.ts'
import type { Hub } from '../../hub/hub.ts'
import { closeBadMessage, closeOverloaded } from '../../protocol/close-codes.ts'
import { parseSocketMessage } from '../../protocol/socket-message.ts'
import { newsroom } from '../bundled-newsroom.ts'
import type { EdgeSocket } from './edge-socket.ts'

/** The code and reason that a socket is to be closed with. */
type Close = { readonly code: number; readonly reason: string }

/** Handles a reader's message. Gives the close code after too many messages or mistakes; null: the socket stays open. */
export function receiveMessage(hub: Hub, reader: EdgeSocket, message: string | ArrayBuffer): Close | null {
  if (reader.subscriber === null || reader.subscriber.state === 'gone') return null
  if (!reader.incoming.takeFrame(Date.now())) return { code: closeOverloaded, reason: 'Too many messages.' }
  try {
    const bytes = typeof message === 'string' ? message : new Uint8Array(message)
    const said = parseSocketMessage(bytes, newsroom, reader.subscriber.group.interest)
    if (said.type === 'ping') hub.answerPing(reader.subscriber)
    else if (said.type === 'interest') hub.change(reader.subscriber, said.interest)
    reader.keep(hub.bounds)
    return null
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    hub.answer(reader.subscriber, { type: 'error', code: error.code, detail: error.message })
    reader.keep(hub.bounds)
    if (error.status !== 413 && reader.incoming.takeMistake(Date.now())) return null
    return { code: closeBadMessage, reason: error.code }
  }
}
