import type { Context, HonoRequest } from 'hono'
import { z } from 'zod'
import type { Audience } from '../alert.ts'
import { type Interest, interestSchema, parseInterest } from '../interest.ts'
import { parse } from '../parse.ts'
import { invalid, Problem } from '../problem.ts'
import { pushAddressOf, pushSubscriptionSchema } from '../push/address.ts'
import type { Subscription } from '../push/subscription.ts'
import { AtOnce } from './at-once.ts'
import { readJson } from './body.ts'
import type { App, House } from './house.ts'
import { Rate } from './rate.ts'
import { audienceOf } from './stream.ts'
import { Turns } from './turns.ts'
import { keyIdOf } from './vapid.ts'

const testsPerHour = 3
/** So many subscriptions are worked on at a time, from whatever addresses: some seconds' work, and 64 MiB of bodies at most. */
const savingMax = 1_000
const busySeconds = 2
/** So many are begun in one turn of the event loop: a crowd that comes at once holds up an alert by some milliseconds. */
const eachTurn = 8
const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** The body of `POST /v1/subscriptions`. */
export const subscribeSchema = z.strictObject({
  subscription: pushSubscriptionSchema,
  interest: interestSchema,
  discreet: z.boolean().default(false),
  audience: z.enum(['public', 'test']).optional(),
  /** The VAPID key that the browser subscribed with: a page from before a rotation knows only the older one. */
  vapidPublicKey: z.string().optional(),
})

/** The body of `PUT /v1/subscriptions/{id}`. */
export const changeSchema = z.strictObject({ interest: interestSchema, discreet: z.boolean().default(false) })

/** The answer to `POST /v1/subscriptions`. The token is told only here. */
export const subscribedSchema = z.strictObject({ id: z.string(), token: z.string() })

/** The answer to `GET` and `PUT /v1/subscriptions/{id}`: what the reader wishes, and nothing of their address. */
export const subscriptionSchema = z.strictObject({
  id: z.string(),
  interest: z.strictObject({
    languages: z.union([z.literal('*'), z.array(z.string())]),
    topics: z.array(z.string()),
    level: z.enum(['flash', 'urgent', 'routine']),
  }),
  audience: z.enum(['public', 'test']),
  discreet: z.boolean(),
  createdAt: z.string(),
})

/** The answer to `POST /v1/subscriptions/{id}/test`. */
export const testedSchema = z.strictObject({ result: z.enum(['sent', 'gone', 'failed']) })

/** What these routes need of the house. */
export type SubscriberHouse = Pick<
  House,
  | 'newsroom'
  | 'subscriptions'
  | 'vapid'
  | 'pushHosts'
  | 'subscribePerMinute'
  | 'addressOf'
  | 'sendTest'
  | 'now'
  | 'soon'
>

/** Readers' push subscriptions: saved, read, changed and ended by whoever holds the token of the first answer. */
export function subscriptionRoutes(app: App, house: SubscriberHouse): void {
  const subscribes = new Rate(house.subscribePerMinute, minuteMs)
  const tests = new Rate(testsPerHour, hourMs)
  const saving = new AtOnce(savingMax)
  const turns = new Turns(eachTurn, house.soon)

  app.post('/v1/subscriptions', async (c) => {
    const waitMs = subscribes.take(house.addressOf(c.env), house.now())
    if (waitMs !== null)
      throw new Problem(
        429,
        'too-many-subscriptions',
        'Too many subscriptions came from this address within a minute. Try again later.',
        { retryAfterSeconds: Math.ceil(waitMs / 1_000) },
      )
    const answer = await saving.run(async () => {
      await turns.next()
      return subscribe(c, house)
    })
    if (answer !== null) return answer
    throw new Problem(
      503,
      'too-many-at-once',
      'More subscriptions come at this moment than can be looked at. Nothing was saved; send the same again in a moment.',
      { retryAfterSeconds: busySeconds },
    )
  })

  app.get('/v1/subscriptions/:id', async (c) => {
    c.header('cache-control', 'no-store')
    return c.json(shown(await owned(c.req, house)))
  })

  app.put('/v1/subscriptions/:id', async (c) => {
    const former = await owned(c.req, house)
    const body = parse(changeSchema, await readJson(c), 'subscription')
    const interest = interestOf(body.interest, house, former.interest.audience)
    const changed = await house.subscriptions.change(former.id, tokenOf(c.req), interest, body.discreet)
    if (changed === null) throw notThere()
    c.header('cache-control', 'no-store')
    return c.json(shown(changed))
  })

  app.delete('/v1/subscriptions/:id', async (c) => {
    if (!(await house.subscriptions.remove(c.req.param('id'), tokenOf(c.req)))) throw notThere()
    return c.body(null, 204)
  })

  app.post('/v1/subscriptions/:id/test', async (c) => {
    const { id } = await owned(c.req, house)
    const waitMs = tests.take(id, house.now())
    if (waitMs !== null)
      throw new Problem(
        429,
        'too-many-tests',
        `A test notification can be sent ${testsPerHour} times an hour. Try again later.`,
        { retryAfterSeconds: Math.ceil(waitMs / 1_000) },
      )
    const result = await house.sendTest(id, tokenOf(c.req))
    if (result === 'unknown') throw notThere()
    c.header('cache-control', 'no-store')
    return c.json({ result })
  })
}

async function subscribe(c: Context, house: SubscriberHouse): Promise<Response> {
  const body = parse(subscribeSchema, await readJson(c), 'subscription')
  const audience = audienceOf(c.req.query('audience') ?? body.audience, c.get('editor') !== null)
  const interest = interestOf(body.interest, house, audience)
  const address = pushAddressOf(body.subscription, house.pushHosts)
  const saved = { ...address, interest, discreet: body.discreet, vapidKeyId: keyIdOf(house.vapid, body) }
  const { id, token, made } = await house.subscriptions.put(saved, new Date(house.now()).toISOString())
  c.header('cache-control', 'no-store')
  if (made) c.header('location', `/v1/subscriptions/${id}`)
  return c.json({ id, token }, made ? 201 : 200)
}

/** A wish as it is kept. Throws a Problem (400) whose pointers lead into the whole subscription. */
export function interestOf(
  wish: z.output<typeof interestSchema>,
  house: Pick<House, 'newsroom'>,
  audience: Audience,
): Interest {
  try {
    return parseInterest(wish, house.newsroom, { level: 'urgent', audience })
  } catch (trouble) {
    if (!(trouble instanceof Problem) || trouble.errors.length === 0) throw trouble
    const errors = trouble.errors.map(({ pointer, detail }) => ({ pointer: `/interest${pointer}`, detail }))
    throw invalid('subscription', errors)
  }
}

/** The subscription whose token was sent. One answer for "not there" and "not yours", so that ids cannot be tried. */
async function owned(request: HonoRequest, house: Pick<House, 'subscriptions'>): Promise<Subscription> {
  const id = request.param('id') ?? ''
  const subscription = await house.subscriptions.get(id, tokenOf(request))
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

/** The bearer token (RFC 6750 §2.1); empty, which is nobody's, when there is none. */
function tokenOf(request: HonoRequest): string {
  return /^Bearer ([A-Za-z0-9._~+/=-]{1,200})$/i.exec(request.header('authorization') ?? '')?.[1] ?? ''
}

function shown({ id, interest, discreet, createdAt }: Subscription): z.output<typeof subscriptionSchema> {
  const { audience, languages, topics, level } = interest
  const list = languages === '*' ? '*' : [...languages]
  return { id, interest: { languages: list, topics: [...topics], level }, audience, discreet, createdAt }
}
