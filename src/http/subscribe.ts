import * as z from 'zod'
import { type interestSchema, parseInterest, storedInterestSchema, unknownIn } from '../interest.ts'
import { parseJsonBytes } from '../json.ts'
import { parse, quoted } from '../parse.ts'
import { gather, invalid } from '../problem.ts'
import { pushAddressOf, pushSubscriptionSchema, refusalsIn } from '../push/address.ts'
import type { PushAddress } from '../push/subscription.ts'
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
  return async ({ body: bytes, audience: asked, by }) => {
    const { body, address, vapidKeyId } = parseAddressed(subscribeSchema, parseJsonBytes(bytes), house, asked)
    const audience = audienceOf(asked ?? body.audience, by !== null)
    const interest = parseInterest(body.interest, house.newsroom, { level: 'urgent', audience })
    const saved = { ...address, interest, discreet: body.discreet, vapidKeyId }
    const editor = audience === 'test' && by !== null ? [by] : []
    return house.subscriptions.put(saved, new Date(house.now()).toISOString(), ...editor)
  }
}

type Wish = z.ZodType<{ readonly interest: z.output<typeof interestSchema> }>
type Addressed = Wish &
  z.ZodType<{
    readonly subscription: z.output<typeof pushSubscriptionSchema>
    readonly vapidPublicKey?: string | undefined
    readonly vapidKeyId?: string | undefined
  }>

/** Parses what holds a wish. Throws a Problem (400) with every mistake: a language or a topic that is not here is told with those of form. */
export function parseWish<Schema extends Wish>(
  schema: Schema,
  input: unknown,
  { newsroom }: Pick<House, 'newsroom'>,
): z.output<Schema> {
  return parse(schema, input, 'subscription', (raw) =>
    unknownIn(Object(raw).interest, newsroom).map(({ pointer, detail }) => ({
      pointer: `/interest${pointer}`,
      detail,
    })),
  )
}

/**
 * Parses what holds a wish and a push address, as a reader's browser sends it or an import's line brings it. `audience`:
 * the one that the request's address names. Throws a Problem (400) with every mistake: of form, of languages and topics,
 * of the endpoint, the key and the VAPID key, and where body and address say two things.
 */
export function parseAddressed<Schema extends Addressed>(
  schema: Schema,
  input: unknown,
  house: Pick<House, 'newsroom' | 'pushHosts' | 'vapid'>,
  audience?: string,
): { readonly body: z.output<Schema>; readonly address: PushAddress; readonly vapidKeyId: string } {
  const { subscription, vapidPublicKey, vapidKeyId, audience: said } = Object(input)
  const named = { vapidPublicKey: textOr(vapidPublicKey), vapidKeyId: textOr(vapidKeyId) }
  const made = gather('subscription', {
    body: () => parseWish(schema, input, house),
    ...refusalsIn(subscription, house.pushHosts, '/subscription'),
    vapidKeyId: () => keyIdOf(house.vapid, named),
    audience: () => refuseContradiction(audience, said),
  })
  const { body } = made
  return { body, address: pushAddressOf(body.subscription, house.pushHosts), vapidKeyId: made.vapidKeyId }
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Of two audiences that are named, neither is the one that was surely meant. */
function refuseContradiction(inAddress: string | undefined, inBody: unknown): void {
  if (inAddress === undefined || typeof inBody !== 'string' || inAddress === inBody) return
  throw invalid('subscription', [
    {
      pointer: '/audience',
      detail: `The address says audience=${quoted(inAddress)}, and the body ${quoted(inBody)}. Send one of the two.`,
    },
  ])
}
