import { type SSEMessage, streamSSE } from 'hono/streaming'
import * as z from 'zod'
import type { Credential, EditorStore } from '../../../auth/editor.ts'
import type { DeskEvent, DeskFeed } from '../../../desk/feed/desk-feed.ts'
import { Problem } from '../../../domain/problem.ts'
import { eventStreamType } from '../../../protocol/event-encoding.ts'
import type { App } from '../../app-env.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'
import { authorityOf } from '../../sign-in.ts'

/** How often the feed is read at least while somebody listens; what is done in this process is read at once. */
const lookMs = 500
/** How often it is checked whether a key or session has ended, and how long a stream is silent at most. */
const checkMs = 5_000
const listenersMax = 500
/** A page that reads nothing for so long is ended. */
const waitingMax = 500

const openDeskEvents: Operation = {
  id: 'openDeskEvents',
  summary: 'What changes at the desk, as it does: items, who has them open, the kill switch, deliveries',
  tag: 'Desk',
  role: 'writer',
  cache: 'private',
  headers: {
    'Last-Event-ID': { description: 'The id of the last event: what came since is sent first', schema: z.string() },
  },
  answers: {
    200: {
      description:
        'Events `items` ({ items, deleted }), `reset` (read the lists again), `presence` ({ presence }), `pause` ({ pause }), `delivery` ({ alertId, deliveries }), until one side closes the connection or the key or session ends',
      type: eventStreamType,
      schema: z.string(),
    },
  },
  problems: [503],
}

/** What the desk's event stream needs. `now`: Unix milliseconds. */
export type DeskEventsDeps = {
  readonly feed: DeskFeed
  readonly editors: Pick<EditorStore, 'holder'>
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/** `GET /v1/desk/events`. */
export function deskEventRoutes(app: App, deps: DeskEventsDeps): void {
  const { feed } = deps
  let state: 'idle' | 'looking' = 'idle'
  let isDue = false
  let wakeLooking = () => {}
  feed.onSoon(() => {
    isDue = true
    wakeLooking()
  })

  /** Reads the feed while somebody listens. Never rejects. */
  async function keepLooking(): Promise<void> {
    if (state === 'looking') return
    state = 'looking'
    while (feed.isHeard) {
      if (!isDue)
        await woken((resolve) => {
          wakeLooking = resolve
        }, lookMs)
      isDue = false
      await feed.look().catch((error: unknown) => {
        // The storage reports its own faults.
        if (!(error instanceof Problem)) deps.report(error, 'reading what changes at the desk')
      })
    }
    state = 'idle'
  }

  /** When a key or session ends, in Unix milliseconds: 0: it has ended already. */
  async function endOf(credential: Credential): Promise<number> {
    const holder = await deps.editors.holder(credential, new Date(deps.now()).toISOString())
    return holder === null ? 0 : Date.parse(holder.until ?? '') || Number.POSITIVE_INFINITY
  }

  route(app, 'get', '/v1/desk/events', openDeskEvents, (c) => {
    const { credential } = authorityOf(c)
    if (feed.size >= listenersMax)
      throw new Problem(503, 'no-room', 'Too many desk pages are open. Try again in a moment.', {
        retryAfterSeconds: 5,
      })
    const given = c.req.header('last-event-id') ?? ''
    const after = /^\d{1,15}$/.test(given) ? Number(given) : null
    const answer = streamSSE(c, async (stream) => {
      const waiting: DeskEvent[] = []
      let isWanted = true
      let wake = () => {}
      const stop = () => {
        isWanted = false
        wake()
      }
      stream.onAbort(stop)
      const end = await feed.listen((event) => {
        if (waiting.push(event) > waitingMax) stop()
        wake()
      }, after)
      void keepLooking()
      try {
        await stream.writeSSE({ event: 'welcome', data: '{}', retry: 2_000 })
        let endsMs = await endOf(credential)
        for (let checkedMs = deps.now(); isWanted && deps.now() < endsMs; ) {
          // Before anything is told: a stream whose key has been revoked must not tell one thing more.
          if (waiting.length > 0 || deps.now() - checkedMs >= checkMs) {
            checkedMs = deps.now()
            endsMs = await endOf(credential)
            if (checkedMs >= endsMs) break
            // A comment: a connection on which nothing comes may be cut on its way.
            if (waiting.length === 0) await stream.write(':\n\n')
            for (const event of waiting.splice(0)) await stream.writeSSE(messageOf(event))
            continue
          }
          await woken(
            (resolve) => {
              wake = resolve
            },
            Math.min(checkMs, endsMs - deps.now()),
          )
        }
      } finally {
        end()
      }
    })
    // Hono's own lets caches keep it.
    answer.headers.set('Cache-Control', 'private, no-store, no-transform')
    answer.headers.set('X-Accel-Buffering', 'no')
    return answer
  })
}

function messageOf(event: DeskEvent): SSEMessage {
  const { type, ...body } = event
  return { event: type, data: JSON.stringify(body), ...('id' in event ? { id: String(event.id) } : {}) }
}

/** Resolves when `arm`'s argument is called, or after `ms`. */
function woken(arm: (resolve: () => void) => void, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    arm(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
