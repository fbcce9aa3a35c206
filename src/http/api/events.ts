import type { Context } from 'hono'
import * as z from 'zod'
import type { Newsroom } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import {
  budgetHeader,
  eventStreamType,
  heartbeatHeader,
  lastEventIdHeader,
  limitHeader,
} from '../../protocol/event-encoding.ts'
import { eventsPath, socketPath } from '../../protocol/live-streams.ts'
import {
  asksForTests,
  parseStreamRequest,
  type StreamRequest,
  streamParameters,
} from '../../protocol/stream-request.ts'
import type { App, AppEnv } from '../app-env.ts'
import type { Operation } from '../operation.ts'
import { type RouteEntry, route, searchOf } from '../route.ts'
import { testListener } from '../sign-in.ts'
import { eventRefusal, isEventSource, isTemporary } from './event-refusal.ts'

const lastEventIdParameter = {
  description: 'The same as the header Last-Event-ID, for libraries that cannot set it; it wins over after.',
  schema: z.string().max(100),
  example: '',
}

const socket: Operation = {
  id: 'openSocket',
  summary: 'WebSocket of alerts in real time, see /asyncapi.json',
  tag: 'Streams',
  isOpenToAll: true,
  mayAskForTests: true,
  cache: 'private',
  readsOwnQuery: true,
  query: { ...streamParameters, lastEventId: lastEventIdParameter },
  answers: {
    101: {
      description: 'The connection is a WebSocket from here on',
      headers: { Upgrade: { description: 'websocket', schema: z.literal('websocket') } },
    },
  },
  problems: [403, 426, 429, 503],
}

const events: Operation = {
  id: 'openEvents',
  summary: 'Event stream of alerts in real time, see /asyncapi.json',
  tag: 'Streams',
  isOpenToAll: true,
  mayAskForTests: true,
  cache: 'private',
  readsOwnQuery: true,
  query: { ...streamParameters, lastEventId: lastEventIdParameter },
  headers: {
    [lastEventIdHeader]: {
      description: 'The id of the last event seen; it wins over after.',
      schema: z.string().max(100),
    },
  },
  answers: {
    200: {
      description:
        'Events until one side closes the connection (https://html.spec.whatwg.org/#server-sent-events). A client that accepts only text/event-stream gets a goodbye and the end of the stream in place of 429 and 503, because an EventSource does not reconnect after any other status than 200.',
      type: eventStreamType,
      schema: z.string(),
      headers: {
        [heartbeatHeader]: {
          description: 'The longest time between two messages, in seconds',
          schema: z.string().regex(/^\d+$/),
        },
        [budgetHeader]: {
          description: 'What budget asked for; absent without it',
          schema: z.string().regex(/^\d+$/).optional(),
        },
        [limitHeader]: {
          description: 'What limit asked for; absent without it',
          schema: z.string().regex(/^\d+$/).optional(),
        },
      },
    },
  },
  problems: [403, 429, 503],
}

/** What the routes of the streams need. */
export type EventsDeps = {
  readonly newsroom: Newsroom
  /** Answers `GET /v1/events` with a stream. `bindings`: what the platform passed with the request (`c.env`). */
  readonly events: (request: StreamRequest, bindings: unknown) => Response | Promise<Response>
}

/** The routes of the streams, for an app that describes them and does not answer them. */
export const streamRoutes = [
  ['get', socketPath, socket],
  ['get', eventsPath, events],
] as const satisfies readonly RouteEntry[]

/**
 * `GET /v1/events`: checks what is asked for; the platform streams. `/v1/socket` is the platform's own; here only
 * without upgrade. `isForwarded`: another Worker forwards the requests, and makes the reader's response from a thrown
 * Problem.
 */
export function eventRoutes(app: App, deps: EventsDeps, { isForwarded = false } = {}): void {
  const [socketRoute, eventsRoute] = streamRoutes
  const requestOf = (c: Context<AppEnv>): StreamRequest => {
    const search = searchOf(c)
    const credential = asksForTests(search) ? testListener(c.get('requester')) : null
    const asked = parseStreamRequest(search, deps.newsroom, credential !== null, c.req.header(lastEventIdHeader))
    return { ...asked, credential }
  }
  route(app, ...socketRoute, (c) => {
    // The same errors as for an upgrade, so that a developer who opens the address by hand sees them.
    requestOf(c)
    throw new Problem(426, 'upgrade-required', 'This is a WebSocket: connect with ws:// or wss://, or read /v1/events.')
  })
  route(app, ...eventsRoute, async (c) => {
    try {
      return await deps.events(requestOf(c), c.env)
    } catch (error) {
      const isPassing = error instanceof Problem && isTemporary(error)
      if (isPassing && !isForwarded && isEventSource(c.req.header('accept'))) return eventRefusal(error)
      throw error
    }
  })
}
