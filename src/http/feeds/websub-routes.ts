import { Problem } from '../../domain/problem.ts'
import { RateLimit } from '../../push/subscriptions/rate-limit.ts'
import { type WebSubHub, webSubSchema } from '../../push/websub/websub-hub.ts'
import type { App } from '../app-env.ts'
import { readBody } from '../body.ts'
import type { Operation } from '../operation.ts'
import { originOf, type PagesDeps } from '../pages/page-shell.ts'
import { route } from '../route.ts'
import { topicFeed } from './topic-feed.ts'

const formBytesMax = 16 * 1_024
const perMinute = 60
const minuteMs = 60_000

/** What the hub's route needs. */
export type WebSubDeps = Pick<PagesDeps, 'newsroom' | 'log' | 'publicUrl' | 'now'> & {
  readonly hub: WebSubHub
  /** The address to count requests by, kept in memory only. */
  readonly addressOf: (bindings: unknown) => string
}

const form = 'application/x-www-form-urlencoded'

const askHub: Operation = {
  id: 'askHub',
  summary: 'Subscribe a server to a feed, or unsubscribe it (W3C WebSub)',
  description: 'The callback is asked whether it wants this; until then nothing is done. Other fields are passed over.',
  tag: 'Subscriptions',
  cache: 'private',
  body: {
    type: form,
    schema: webSubSchema,
    example: {
      'hub.mode': 'subscribe',
      'hub.topic': 'https://alerts.example/feeds/fa.atom',
      'hub.callback': 'https://reader.example/hub/7d3f',
    },
  },
  answers: { 202: { description: 'The callback is asked soon' } },
  problems: [404, 429, 503],
}

/** `POST /v1/websub`: the hub of our own feeds. */
export function webSubRoutes(app: App, deps: WebSubDeps): void {
  const rate = new RateLimit(perMinute, minuteMs)
  route(app, 'post', '/v1/websub', askHub, async (c) => {
    const waitMs = rate.take(deps.addressOf(c.env), deps.now())
    if (waitMs !== null)
      throw new Problem(
        429,
        'too-many-subscriptions',
        'Too many subscriptions came from this address within a minute. Try again later.',
        { retryAfterSeconds: Math.ceil(waitMs / 1_000) },
      )
    if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.req.header('content-type') ?? ''))
      throw new Problem(415, 'not-form', `The body must be a form: send Content-Type: ${form}. Nothing was changed.`)
    const text = new TextDecoder().decode(await readBody(c, formBytesMax))
    const origin = originOf(c, deps)
    await deps.hub.ask(new URLSearchParams(text), (topic) => topicFeed(deps, topic, origin))
    return c.body(null, 202)
  })
}
