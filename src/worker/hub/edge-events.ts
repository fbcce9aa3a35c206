import type { Hub } from '../../hub/hub.ts'
import type { Connection, Subscriber } from '../../hub/subscriber.ts'
import { eventStreamHeaders, retryText, welcomeHeaders } from '../../protocol/event-encoding.ts'
import type { Frame } from '../../protocol/messages.ts'
import type { StreamRequest } from '../../protocol/stream-request.ts'
import type { StreamTerms } from '../../protocol/terms/stream-terms.ts'
import { eventEncoding } from './edge-encoding.ts'

const bufferedBytesMax = 64 * 1_024
const retryMs = 3_000

/** The heartbeat interval of a hub in seconds, and the limits. */
type Beating = { readonly limits: Pick<Hub['limits'], 'heartbeatSeconds'> }
type EventStreamCallbacks = { readonly joined: (subscriber: Subscriber) => void; readonly gone: () => void }

/** An event stream of a hub as a response. Calls `joined` with its subscriber, and `gone` when it has ended. */
export function serveEdgeEventStream(
  hub: Hub,
  { interest, after, ...asked }: StreamRequest,
  { joined, gone }: EventStreamCallbacks,
): Response {
  let subscriber: Subscriber | null = null
  let hasEnded = false
  const end = () => {
    if (subscriber !== null) hub.leave(subscriber)
    subscriber = null
    if (!hasEnded) gone()
    hasEnded = true
  }
  const connection = new EventConnection(end)
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        connection.controller = controller
        controller.enqueue(new TextEncoder().encode(retryText(retryMs)))
        subscriber = hub.join(connection, interest, after, asked)
        joined(subscriber)
      },
      pull() {
        if (subscriber !== null) hub.drained(subscriber)
      },
      cancel: end,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferedBytesMax }),
  )
  return new Response(body, { headers: headersOf(hub, asked.terms) })
}

/** The same without a body: the response to HEAD. */
export function headOfEvents(limits: Beating['limits'], terms?: StreamTerms): Response {
  return new Response(null, { headers: headersOf({ limits }, terms) })
}

function headersOf({ limits }: Beating, terms?: StreamTerms): Readonly<Record<string, string>> {
  return { ...eventStreamHeaders, ...welcomeHeaders(terms, limits.heartbeatSeconds) }
}

class EventConnection implements Connection {
  readonly wire = eventEncoding
  readonly #end: () => void
  controller: ReadableStreamDefaultController<Uint8Array> | null = null

  constructor(end: () => void) {
    this.#end = end
  }

  write(frame: Frame): boolean {
    if (this.controller === null) return true
    try {
      this.controller.enqueue(frame)
      return (this.controller.desiredSize ?? 1) > 0
    } catch {
      // The reader has disconnected; `cancel` is called.
      return true
    }
  }

  close(): void {
    try {
      this.controller?.close()
    } catch {
      // Ended already.
    }
    this.#end()
  }

  beat(): void {
    // The head that the hub sends at each heartbeat is enough.
  }
}
