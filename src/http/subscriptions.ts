import type { HonoRequest } from 'hono'
import { z } from 'zod'
import { interestSchema } from '../interest.ts'
import { parse } from '../parse.ts'
import { Problem } from '../problem.ts'
import type { Subscription } from '../push/subscription.ts'
import { readJson, readJsonBytes } from './body.ts'
import type { App, House } from './house.ts'
import { Rate } from './rate.ts'
import { interestOf } from './subscribe.ts'

const testsPerHour = 3
const hourMs = 60 * 60 * 1_000

/** The body of `PUT /v1/subscriptions/{id}`. */
export const changeSchema = z.strictObject({ interest: interestSchema, discreet: z.boolean().default(false) })

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
  'newsroom' | 'subscriptions' | 'subscribing' | 'addressOf' | 'sendTest' | 'now'
>

/** Readers' push subscriptions: saved, read, changed and ended by whoever holds the token of the first answer. */
export function subscriptionRoutes(app: App, house: SubscriberHouse): void {
  const tests = new Rate(testsPerHour, hourMs)

  app.post('/v1/subscriptions', async (c) => {
    const { id, token, made } = await house.subscribing.take(house.addressOf(c.env), async () => ({
      body: await readJsonBytes(c),
      audience: c.req.query('audience'),
      mayTest: c.get('editor') !== null,
    }))
    c.header('cache-control', 'no-store')
    if (made) c.header('location', `/v1/subscriptions/${id}`)
    return c.json({ id, token }, made ? 201 : 200)
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
