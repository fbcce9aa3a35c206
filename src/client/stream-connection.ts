import { eventStreamType, heartbeatHeader } from '../protocol/event-encoding.ts'
import { mediaTypeOf } from '../protocol/headers/media-type.ts'
import { retryAfterMsOf } from '../protocol/headers/retry-after.ts'
import { subprotocol } from '../protocol/live-streams.ts'
import type { ConnectionEnd } from './back-off.ts'
import { eventParser } from './event-parser.ts'
import type { World } from './platform.ts'
import { parseServerMessage, type ServerMessage } from './server-messages.ts'

/** One connection to the service, a WebSocket or an event stream. After `drop` its listener is not called any more. */
export type StreamConnection = {
  /** Sends a text; false where the connection carries nothing to the server. */
  send(text: string): boolean
  drop(): void
}

/** Receives what comes over a connection: `ended` comes last and once. */
type ConnectionListener = {
  /** So many bytes have come, perhaps only a comment; before any message that they have. */
  alive(bytes: number): void
  /** An event stream has said in its headers how often something comes at least; before any message. */
  heartbeat(seconds: number): void
  message(message: ServerMessage): void
  ended(ending: ConnectionEnd): void
}

/** Before most messages of a socket (RFC 6455 §5.2). */
const frameBytes = 4

/** Opens a WebSocket. */
export function openSocket(world: World, url: string, listener: ConnectionListener): StreamConnection {
  const { end, receive, isOpen } = onceEnded(listener)
  let socket: ReturnType<World['openSocket']>
  try {
    socket = world.openSocket(url, [subprotocol])
  } catch (error) {
    // There is no WebSocket here (Node 20), or not for this address (ws: from a page of https).
    queueMicrotask(() => end({ error, unavailable: true }))
    return { send: () => false, drop: () => end() }
  }
  socket.addEventListener('message', ({ data }) => {
    if (!isOpen()) return
    const text = String(data)
    listener.alive(new TextEncoder().encode(text).length + frameBytes)
    try {
      receive(text)
    } catch (error) {
      end({ error })
      socket.close(3002, 'not understood')
    }
  })
  socket.addEventListener('error', () => {
    // A close event with its code always follows (https://websockets.spec.whatwg.org/#eventdef-websocket-error).
  })
  socket.addEventListener('close', ({ code, reason }) => end({ code, reason }))
  return {
    send(text) {
      if (isOpen()) socket.send(text)
      return true
    },
    drop() {
      end()
      socket.close(1000)
    },
  }
}

/** Opens an event stream by fetch, which unlike EventSource can send a key and shows the status. */
export function openEventStream(
  world: World,
  url: string,
  listener: ConnectionListener,
  key: string | undefined,
): StreamConnection {
  const { end, receive, isOpen } = onceEnded(listener)
  const abort = new AbortController()

  async function read(): Promise<void> {
    const headers: Record<string, string> = { accept: eventStreamType }
    if (key !== undefined) headers.authorization = `Bearer ${key}`
    const response = await world.fetch(url, { headers, signal: abort.signal })
    if (!isOpen()) {
      await response.body?.cancel()
      return
    }
    const isStream = mediaTypeOf(response.headers.get('content-type')) === eventStreamType
    if (response.status !== 200 || !isStream || response.body === null) {
      end(await refusal(response, world.now()))
      return
    }
    const seconds = Number(response.headers.get(heartbeatHeader))
    if (seconds >= 1) listener.heartbeat(seconds)
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const parser = eventParser(receive)
    for (;;) {
      const { value, done } = await reader.read()
      if (done || !isOpen()) {
        end({ reason: 'the event stream has ended' })
        return
      }
      listener.alive(value.length)
      parser.feed(decoder.decode(value, { stream: true }))
    }
  }

  read().catch((error: unknown) => {
    end({ error })
    abort.abort()
  })
  return {
    send: () => false,
    drop() {
      end()
      abort.abort()
    },
  }
}

function onceEnded(listener: ConnectionListener): {
  end(ending?: ConnectionEnd): void
  receive(text: string): void
  isOpen(): boolean
} {
  let open = true
  return {
    isOpen: () => open,
    /** Without an ending: we have dropped it ourselves, and the listener is not called. */
    end(ending) {
      if (!open) return
      open = false
      if (ending) listener.ended(ending)
    },
    receive(text) {
      if (!open) return
      const message = parseServerMessage(text)
      if (message) listener.message(message)
    },
  }
}

async function refusal(response: Response, nowMs: number): Promise<ConnectionEnd> {
  const retryAfterMs = retryAfterMsOf(response.headers, nowMs)
  const isProblem = mediaTypeOf(response.headers.get('content-type')) === 'application/problem+json'
  const problem: unknown = isProblem ? await response.json() : undefined
  if (!isProblem) await response.body?.cancel()
  return {
    status: response.status,
    ...(isProblem ? { problem } : {}),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  }
}
