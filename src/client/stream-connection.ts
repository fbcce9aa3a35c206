import type { ConnectionEnd } from './back-off.ts'
import { eventParser } from './event-parser.ts'
import type { World } from './platform.ts'
import { type Frame, parseFrame } from './server-messages.ts'

/** One connection, whatever its wire. After `drop` its ear hears nothing more. */
export type StreamConnection = {
  /** False where the wire carries nothing to the server. */
  say(text: string): boolean
  drop(): void
}

/** Who hears a line: `ended` comes last and once. */
export type ConnectionListener = {
  /** Something came, if only a comment. */
  alive(): void
  /** An event stream has told how often it lets itself be heard, before anything else. */
  heartbeat(seconds: number): void
  frame(frame: Frame): void
  ended(ending: ConnectionEnd): void
}

const protocol = 'tocsin.v1.json'

/** Opens a WebSocket. */
export function openSocket(world: World, url: string, listener: ConnectionListener): StreamConnection {
  const { end, hear, isOpen } = guard(listener)
  let socket: ReturnType<World['openSocket']>
  try {
    socket = world.openSocket(url, [protocol])
  } catch (error) {
    // No WebSocket here (Node 20), or not for this address (a page of https).
    queueMicrotask(() => end({ error, unavailable: true }))
    return { say: () => false, drop: () => end() }
  }
  socket.addEventListener('message', ({ data }) => {
    try {
      hear(String(data))
    } catch (error) {
      end({ error })
      socket.close(3002, 'not understood')
    }
  })
  socket.addEventListener('error', () => {
    // A close event with its code follows, always (HTML, WebSockets §9.3.4).
  })
  socket.addEventListener('close', ({ code, reason }) => end({ code, reason }))
  return {
    say(text) {
      if (isOpen()) socket.send(text)
      return true
    },
    drop() {
      end()
      socket.close(1000)
    },
  }
}

/** Opens an event stream by fetch, which unlike EventSource can send a key and tells the status. */
export function openEventStream(
  world: World,
  url: string,
  listener: ConnectionListener,
  key: string | undefined,
): StreamConnection {
  const { end, hear, isOpen } = guard(listener)
  const abort = new AbortController()

  async function read(): Promise<void> {
    const headers: Record<string, string> = { accept: 'text/event-stream' }
    if (key !== undefined) headers.authorization = `Bearer ${key}`
    const response = await world.fetch(url, { headers, signal: abort.signal })
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
    if (response.status !== 200 || !isStream || response.body === null) {
      end(await refusal(response))
      return
    }
    const seconds = Number(response.headers.get('heartbeat-seconds'))
    if (seconds > 0) listener.heartbeat(seconds)
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const parser = eventParser()
    for (;;) {
      const { value, done } = await reader.read()
      if (done || !isOpen()) {
        end({ reason: 'the event stream has ended' })
        return
      }
      listener.alive()
      for (const { data } of parser.push(decoder.decode(value, { stream: true }))) hear(data)
    }
  }

  read().catch((error: unknown) => {
    end({ error })
    abort.abort()
  })
  return {
    say: () => false,
    drop() {
      end()
      abort.abort()
    },
  }
}

function guard(listener: ConnectionListener): {
  end(ending?: ConnectionEnd): void
  hear(text: string): void
  isOpen(): boolean
} {
  let open = true
  return {
    isOpen: () => open,
    /** Without an ending: dropped by ourselves, nobody needs to be told. */
    end(ending) {
      if (!open) return
      open = false
      if (ending) listener.ended(ending)
    },
    hear(text) {
      if (!open) return
      listener.alive()
      const frame = parseFrame(text)
      if (frame) listener.frame(frame)
    },
  }
}

async function refusal(response: Response): Promise<ConnectionEnd> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false
  const problem: unknown = isProblem ? await response.json() : undefined
  if (!isProblem) await response.body?.cancel()
  return {
    status: response.status,
    ...(isProblem ? { problem } : {}),
    ...(seconds >= 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  }
}
