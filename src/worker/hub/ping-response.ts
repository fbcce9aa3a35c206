import type { Bounds } from '../../log/log.ts'
import { headMessage, socketText } from '../../protocol/messages.ts'
import type { EdgeSocket } from './edge-socket.ts'

type Context = Pick<DurableObjectState, 'setWebSocketAutoResponse'>

/**
 * Lets the platform answer pings with the head, also during hibernation. A reader has been sent everything up to it.
 * Not while a reader has a budget: what the platform sends is not counted.
 */
export function setPingResponse(ctx: Context, bounds: Bounds, sockets: Iterable<EdgeSocket>): void {
  for (const { subscriber } of sockets) {
    if (!subscriber?.budget || subscriber.state === 'gone') continue
    ctx.setWebSocketAutoResponse()
    return
  }
  const head = socketText(headMessage(bounds, new Date().toISOString()))
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', head))
}
