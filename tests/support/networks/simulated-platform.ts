import type { World } from '../../../src/client/listen.ts'
import { eventStreamHeaders, eventText, welcomeHeaders } from '../../../src/protocol/event-encoding.ts'
import { streamLimits } from '../../../src/protocol/live-streams.ts'
import { type Encoding, socketText } from '../../../src/protocol/messages.ts'
import type { Receiver, SimulatedLine } from './simulated-line.ts'

/** Opens a connection to the service, on which messages are encoded so. */
export type OpenLine = (url: string, wire: Encoding, receiver: Receiver) => SimulatedLine

const encoder = new TextEncoder()
/** A line break ends each message; with it these stand for a frame's header. */
const padding = ' '.repeat(3)

const lines: Encoding = {
  name: 'lines',
  frame: (message) => encoder.encode(`${padding}${socketText(message)}\n`),
}

const events: Encoding = {
  name: 'events',
  frame(message) {
    const text = eventText(message)
    return text === null ? null : encoder.encode(text)
  },
}

/** A platform's WebSocket over simulated lines. */
export function simulatedSockets(open: OpenLine): World['openSocket'] {
  return (url) => {
    const heard = { message(_: { data: string }) {}, close(_: { code: number; reason: string }) {} }
    let rest = ''
    const line = open(url, lines, {
      bytes(bytes) {
        const texts = (rest + new TextDecoder().decode(bytes)).split('\n')
        rest = texts.pop() ?? ''
        for (const text of texts) heard.message({ data: text.trim() })
      },
      ended: (code) => heard.close({ code, reason: '' }),
    })
    return {
      addEventListener: (type: string, act: unknown) => void Object.assign(heard, { [type]: act }),
      send() {},
      close: () => line.drop(),
    }
  }
}

/** A platform's fetch over simulated lines, for event streams. */
export function simulatedFetch(open: OpenLine): World['fetch'] {
  return (url, { signal }) =>
    new Promise((resolve, reject) => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
        undefined,
        undefined,
        new CountQueuingStrategy({ highWaterMark: Number.POSITIVE_INFINITY }),
      )
      let isBegun = false
      const body = writable.getWriter()
      const line = open(url, events, {
        bytes(bytes) {
          // The head comes with the first bytes.
          const headers = { ...eventStreamHeaders, ...welcomeHeaders(line.terms, streamLimits.heartbeatSeconds) }
          if (!isBegun) resolve(new Response(readable, { headers }))
          isBegun = true
          void body.write(bytes).catch(() => {})
        },
        ended: () => void body.close().catch(() => {}),
      })
      signal.addEventListener('abort', () => {
        line.drop()
        reject(signal.reason)
      })
    })
}
