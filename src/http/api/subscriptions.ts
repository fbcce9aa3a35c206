import type { HonoRequest } from 'hono'
import * as z from 'zod'
import { audiences, levels } from '../../domain/alert-types.ts'
import { parseInterest, storedInterestSchema } from '../../domain/interest.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { withNamesOf } from '../../domain/newsroom-dropped.ts'
import { Problem } from '../../domain/problem.ts'
import { interestParameters } from '../../protocol/interest-parameters.ts'
import type { TestResult } from '../../push/send/test-push.ts'
import { RateLimit } from '../../push/subscriptions/rate-limit.ts'
import {
  parsePreferences,
  subscribedSchema,
  subscribeExample,
  subscribeSchema,
} from '../../push/subscriptions/subscribe.ts'
import type { SubscribeLimits } from '../../push/subscriptions/subscribe-limits.ts'
import type { Subscription, SubscriptionStore } from '../../push/subscriptions/subscription.ts'
import type { App } from '../app-env.ts'
import { readJson, readJsonBytes } from '../body.ts'
import type { Operation } from '../operation.ts'
import { type RouteEntry, route } from '../route.ts'
import { optionalAuthority } from '../sign-in.ts'

const testsPerHour = 3
const hourMs = 60 * 60 * 1_000

/** The body of `PUT /v1/subscriptions/{id}`. */
/** `discreet`: absent, it stays as it is. Headlines must not come to a locked screen because an app changed topics. */
const changeSchema = z.strictObject({ interest: storedInterestSchema, discreet: z.boolean().optional() })

/** The response to `GET` and `PUT /v1/subscriptions/{id}`: the reader's interest, and nothing of the push address. */
export const subscriptionSchema = z.strictObject({
  id: z.string(),
  interest: z.strictObject({
    languages: z.union([z.literal('*'), z.array(z.string())]),
    topics: z.array(z.string()),
    level: z.enum(levels),
  }),
  audience: z.enum(audiences),
  discreet: z.boolean(),
  createdAt: z.string(),
})

/** The answer to `POST /v1/subscriptions/{id}/test`. */
const testedSchema = z.strictObject({ result: z.enum(['sent', 'gone', 'failed']) })

const saveSubscription: Operation = {
  id: 'subscribe',
  summary: 'Subscribe a browser. The same address again changes the existing subscription and gets 200',
  tag: 'Subscriptions',
  mayAskForTests: true,
  cache: 'private',
  query: { audience: interestParameters.audience },
  body: { type: 'application/json', schema: subscribeSchema, example: subscribeExample },
  answers: {
    200: { description: 'The subscription existed; its token', schema: subscribedSchema },
    201: {
      description: 'The subscription is stored; only this response has the token',
      schema: subscribedSchema,
      headers: { Location: { description: 'Where it is', schema: z.string() } },
    },
  },
  problems: [403, 429, 503],
}

const kept = { 200: { description: 'What is stored', schema: subscriptionSchema } }
const owners = { tag: 'Subscriptions', token: true, cache: 'private' } as const

const readSubscription: Operation = { ...owners, id: 'readSubscription', summary: 'What is stored', answers: kept }
const changeSubscription: Operation = {
  ...owners,
  id: 'changeSubscription',
  summary: 'Change the interest',
  body: { type: 'application/json', schema: changeSchema, example: { interest: { languages: ['fa', 'en'] } } },
  answers: kept,
}
const endSubscription: Operation = {
  ...owners,
  id: 'unsubscribe',
  summary: 'Delete a subscription',
  answers: { 204: { description: 'The subscription is deleted' } },
}
const testSubscription: Operation = {
  ...owners,
  id: 'testSubscription',
  summary: 'Send this one reader a test notification',
  answers: { 200: { description: 'The result of the push', schema: testedSchema } },
  problems: [429],
}

/** What readers' own routes need. `now`: Unix milliseconds. */
export type SubscriptionsDeps = {
  readonly newsroom: Newsroom
  readonly subscriptions: Pick<SubscriptionStore, 'get' | 'change' | 'remove'>
  /** Takes new subscriptions, within their limits. */
  readonly subscribing: Pick<SubscribeLimits, 'take'>
  /**
   * The address to count requests by, kept in memory only. `bindings`: what the platform passed with the request
   * (`c.env`).
   */
  readonly addressOf: (bindings: unknown) => string
  /** Seals a small notification for one reader and sends it at once. */
  readonly sendTest: (subscriptionId: string, token: string) => Promise<TestResult>
  readonly now: () => number
}

/** The routes of readers' own subscriptions, for an app that describes them and does not answer them. */
export const subscriptionRouteList = [
  ['post', '/v1/subscriptions', saveSubscription],
  ['get', '/v1/subscriptions/:id', readSubscription],
  ['put', '/v1/subscriptions/:id', changeSubscription],
  ['delete', '/v1/subscriptions/:id', endSubscription],
  ['post', '/v1/subscriptions/:id/test', testSubscription],
] as const satisfies readonly RouteEntry[]

/**
 * Readers' push subscriptions. The token of the first response gives the right to read, change and delete the
 * subscription.
 */
export function subscriptionRoutes(app: App, deps: SubscriptionsDeps): void {
  const tests = new RateLimit(testsPerHour, hourMs)
  const [save, read, change, end, test] = subscriptionRouteList

  route(app, ...save, async (c) => {
    const { id, token, made } = await deps.subscribing.take(deps.addressOf(c.env), async () => ({
      body: await readJsonBytes(c),
      audience: c.get('query').audience,
      by: optionalAuthority(c),
    }))
    c.header('cache-control', 'no-store')
    if (made) c.header('location', `/v1/subscriptions/${id}`)
    return c.json({ id, token }, made ? 201 : 200)
  })

  route(app, ...read, async (c) => {
    c.header('cache-control', 'no-store')
    return c.json(shown(await owned(c.req, deps)))
  })

  route(app, ...change, async (c) => {
    const former = await owned(c.req, deps)
    const newsroom = withNamesOf(deps.newsroom, former.interest)
    const body = parsePreferences(changeSchema, await readJson(c), { newsroom })
    const { audience } = former.interest
    const interest = parseInterest(body.interest, newsroom, { level: 'urgent', audience })
    const discreet = body.discreet ?? former.discreet
    const changed = await deps.subscriptions.change(former.id, tokenOf(c.req), interest, discreet)
    if (changed === null) throw notThere()
    c.header('cache-control', 'no-store')
    return c.json(shown(changed))
  })

  route(app, ...end, async (c) => {
    if (!(await deps.subscriptions.remove(c.req.param('id'), tokenOf(c.req)))) throw notThere()
    return c.body(null, 204)
  })

  route(app, ...test, async (c) => {
    const { id } = await owned(c.req, deps)
    const waitMs = tests.take(id, deps.now())
    if (waitMs !== null)
      throw new Problem(
        429,
        'too-many-tests',
        `A test notification can be sent ${testsPerHour} times an hour. Try again later.`,
        { retryAfterSeconds: Math.ceil(waitMs / 1_000) },
      )
    const result = await deps.sendTest(id, tokenOf(c.req))
    if (result === 'unknown') throw notThere()
    c.header('cache-control', 'no-store')
    return c.json({ result })
  })
}

/** The subscription whose token was sent. One answer for "not there" and "not yours", so that ids cannot be tried. */
async function owned(request: HonoRequest, deps: Pick<SubscriptionsDeps, 'subscriptions'>): Promise<Subscription> {
  const id = request.param('id') ?? ''
  const subscription = await deps.subscriptions.get(id, tokenOf(request))
  if (subscription === null) throw notThere()
  return subscription
}

function notThere(): Problem {
  return new Problem(
    404,
    'no-such-subscription',
    'There is no subscription with this id and token. Send the token that came with the subscription, as Authorization: Bearer; or subscribe again.',
  )
}

/** The bearer token (RFC 6750 §2.1); empty, which fits no subscription, when there is none. */
function tokenOf(request: HonoRequest): string {
  return /^Bearer ([A-Za-z0-9._~+/=-]{1,200})$/i.exec(request.header('authorization') ?? '')?.[1] ?? ''
}

function shown({ id, interest, discreet, createdAt }: Subscription): z.output<typeof subscriptionSchema> {
  const { audience, languages, topics, level } = interest
  const list = languages === '*' ? '*' : [...languages]
  return { id, interest: { languages: list, topics: [...topics], level }, audience, discreet, createdAt }
}
