import { z } from 'zod'
import type { Audience } from '../alert.ts'
import { type Interest, type interestSchema, parseInterest, storedInterestSchema, unknownIn } from '../interest.ts'
import { parseJsonBytes } from '../json.ts'
import { parse } from '../parse.ts'
import { invalid, Problem } from '../problem.ts'
import { pushAddressOf, pushSubscriptionSchema } from '../push/address.ts'
import { endpointFault } from '../push/services.ts'
import type { House } from './house.ts'
import { audienceOf } from './stream.ts'
import type { Subscribe } from './subscribing.ts'
import { keyIdOf } from './vapid.ts'

/** The body of `POST /v1/subscriptions`. */
export const subscribeSchema = z.strictObject({
  subscription: pushSubscriptionSchema,
  interest: storedInterestSchema,
  discreet: z.boolean().default(false),
  audience: z.enum(['public', 'test']).optional(),
  /** The VAPID key that the browser subscribed with: a page from before a rotation knows only the older one. */
  vapidPublicKey: z.string().optional(),
})

/** A body as a browser sends it; the keys are those of RFC 8291 §5. */
export const subscribeExample = {
  subscription: {
    endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/gAAAAABl',
    keys: {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    },
  },
  interest: { languages: ['fa', 'en'], topics: [], level: 'urgent' },
}

/** The answer to `POST /v1/subscriptions`. The token is told only here. */
export const subscribedSchema = z.strictObject({ id: z.string(), token: z.string() })

type SubscribeHouse = Pick<House, 'newsroom' | 'subscriptions' | 'vapid' | 'pushHosts' | 'now'>

/**
 * Parses, checks and keeps what was sent to `POST /v1/subscriptions`: all that it takes beyond the request's headers,
 * so that a door may let another thread do it.
 */
export function makeSubscribe(house: SubscribeHouse): Subscribe {
  return async ({ body: bytes, audience: asked, mayTest }) => {
    const body = parseSubscription(subscribeSchema, parseJsonBytes(bytes), house)
    const audience = audienceOf(asked ?? body.audience, mayTest)
    const interest = interestOf(body.interest, house, audience)
    const address = pushAddressOf(body.subscription, house.pushHosts)
    const saved = { ...address, interest, discreet: body.discreet, vapidKeyId: keyIdOf(house.vapid, body) }
    return house.subscriptions.put(saved, new Date(house.now()).toISOString())
  }
}

/**
 * Parses what holds a wish and perhaps a push address. Throws a Problem (400) with every mistake: a language, a topic or
 * an endpoint that is wrong is told also where something else has the wrong form.
 */
export function parseSubscription<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  { newsroom, pushHosts }: Pick<House, 'newsroom'> & { readonly pushHosts?: readonly string[] },
): z.output<Schema> {
  const { interest, subscription } = Object(input)
  const unknown = () =>
    unknownIn(interest, newsroom).map(({ pointer, detail }) => ({ pointer: `/interest${pointer}`, detail }))
  try {
    return parse(schema, input, 'subscription', unknown)
  } catch (trouble) {
    const { endpoint } = Object(subscription)
    const fault = pushHosts !== undefined && typeof endpoint === 'string' ? endpointFault(endpoint, pushHosts) : null
    if (!(trouble instanceof Problem) || fault === null) throw trouble
    throw invalid('subscription', [...trouble.errors, { pointer: '/subscription/endpoint', detail: fault }])
  }
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
