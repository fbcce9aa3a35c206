import * as z from 'zod'
import { audiences } from '../../domain/alert-types.ts'
import {
  type Interest,
  type interestSchema,
  parseInterest,
  storedInterestSchema,
  unknownIn,
} from '../../domain/interest.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { withNamesOf } from '../../domain/newsroom-dropped.ts'
import { parseJsonBytes } from '../../domain/parsing/json.ts'
import { parse, quoted } from '../../domain/parsing/parse.ts'
import { invalid, Problem, parseAll } from '../../domain/problem.ts'
import { audienceOf } from '../../protocol/stream-request.ts'
import { keyIdOf, type VapidSettings } from '../crypto/public-vapid.ts'
import { parsePushAddress, pushAddressOf, pushSubscriptionSchema, refusalsIn } from './push-address.ts'
import type { Subscribe } from './subscribe-limits.ts'
import type { PushAddress, SubscriptionStore } from './subscription.ts'

/** The body of `POST /v1/subscriptions`. */
export const subscribeSchema = z.strictObject({
  subscription: pushSubscriptionSchema,
  interest: storedInterestSchema,
  discreet: z.boolean().default(false),
  audience: z.enum(audiences).optional(),
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

/** The response to `POST /v1/subscriptions`. Only this response has the token. */
export const subscribedSchema = z.strictObject({ id: z.string(), token: z.string() })

/** What a new subscription is checked against. */
export type SubscribeSettings = {
  readonly newsroom: Newsroom
  /** The VAPID key that browsers subscribe with now, and the older ones in use. */
  readonly vapid: VapidSettings
  /** The hosts of push services that a subscription may name; one that begins with a dot is a suffix. */
  readonly pushHosts: readonly string[]
}
type SubscribeDeps = SubscribeSettings & {
  readonly subscriptions: Pick<SubscriptionStore, 'put' | 'interestOf'>
  readonly now: () => number
}

/**
 * Parses, checks and stores the body of `POST /v1/subscriptions`: everything beyond the request's headers, so that
 * another thread can do it.
 */
export function makeSubscribe(deps: SubscribeDeps): Subscribe {
  return async ({ body: bytes, audience: asked, by }) => {
    const sent = parseJsonBytes(bytes)
    const { body, address, vapidKeyId, newsroom } = await parseAddressed(subscribeSchema, sent, deps, asked)
    const audience = audienceOf(asked ?? body.audience, by !== null)
    const interest = parseInterest(body.interest, newsroom, { level: 'urgent', audience })
    const saved = { ...address, interest, discreet: body.discreet, vapidKeyId }
    const editor = audience === 'test' && by !== null ? [by] : []
    return deps.subscriptions.put(saved, new Date(deps.now()).toISOString(), ...editor)
  }
}

type PreferencesSchema = z.ZodType<{ readonly interest: z.output<typeof interestSchema> }>
type Addressed = PreferencesSchema &
  z.ZodType<{
    readonly subscription: z.output<typeof pushSubscriptionSchema>
    readonly vapidPublicKey?: string | undefined
    readonly vapidKeyId?: string | undefined
  }>

/**
 * Parses an interest. Throws a Problem (400) with every mistake, those of form and unknown languages and topics
 * together.
 */
export function parsePreferences<Schema extends PreferencesSchema>(
  schema: Schema,
  input: unknown,
  { newsroom }: Pick<SubscribeSettings, 'newsroom'>,
): z.output<Schema> {
  return parse(schema, input, 'subscription', (raw) =>
    unknownIn(Object(raw).interest, newsroom).map(({ pointer, detail }) => ({
      pointer: `/interest${pointer}`,
      detail,
    })),
  )
}

type AddressedDeps = SubscribeSettings & { readonly subscriptions: Pick<SubscriptionStore, 'interestOf'> }
type Parsed<Schema extends Addressed> = {
  readonly body: z.output<Schema>
  readonly address: PushAddress
  readonly vapidKeyId: string
  /** The languages and topics that an interest may name. */
  readonly newsroom: Newsroom
}

/**
 * Parses an interest and a push address, as a browser sends them or as an import's line has them. `audience`: the one
 * in the request's URL. Languages and topics that the stored subscription has are accepted even if the newsroom has
 * dropped them, because a page sends its stored interest at each visit. Rejects with a Problem (400) with every
 * mistake: of form, of languages and topics, of endpoint, key and VAPID key, and two different audiences.
 */
export async function parseAddressed<Schema extends Addressed>(
  schema: Schema,
  input: unknown,
  deps: AddressedDeps,
  audience?: string,
): Promise<Parsed<Schema>> {
  try {
    return parseHere(schema, input, deps, audience)
  } catch (refused) {
    if (unknownIn(Object(input).interest, deps.newsroom).length === 0) throw refused
    const stored = await storedInterest(Object(input).subscription, deps)
    if (stored === null) throw refused
    return parseHere(schema, input, { ...deps, newsroom: withNamesOf(deps.newsroom, stored) }, audience)
  }
}

/** The interest that is stored at the address; null where there is none, or the address is invalid. */
async function storedInterest(sent: unknown, { pushHosts, subscriptions }: AddressedDeps): Promise<Interest | null> {
  const address = addressIn(sent, pushHosts)
  return address === null ? null : subscriptions.interestOf(address)
}

function addressIn(sent: unknown, pushHosts: readonly string[]): PushAddress | null {
  try {
    return parsePushAddress(sent, pushHosts)
  } catch (refused) {
    // The address's mistakes are reported together with all others.
    if (refused instanceof Problem) return null
    throw refused
  }
}

function parseHere<Schema extends Addressed>(
  schema: Schema,
  input: unknown,
  deps: SubscribeSettings,
  audience?: string,
): Parsed<Schema> {
  const { subscription, vapidPublicKey, vapidKeyId, audience: said } = Object(input)
  const named = { vapidPublicKey: textOr(vapidPublicKey), vapidKeyId: textOr(vapidKeyId) }
  const made = parseAll('subscription', {
    body: () => parsePreferences(schema, input, deps),
    ...refusalsIn(subscription, deps.pushHosts, '/subscription'),
    vapidKeyId: () => keyIdOf(deps.vapid, named),
    audience: () => refuseContradiction(audience, said),
  })
  const { body } = made
  const address = pushAddressOf(body.subscription, deps.pushHosts)
  return { body, address, vapidKeyId: made.vapidKeyId, newsroom: deps.newsroom }
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Two different audiences were named, so neither is certain. */
function refuseContradiction(inAddress: string | undefined, inBody: unknown): void {
  if (inAddress === undefined || typeof inBody !== 'string' || inAddress === inBody) return
  throw invalid('subscription', [
    {
      pointer: '/audience',
      detail: `The address says audience=${quoted(inAddress)}, and the body ${quoted(inBody)}. Send one of the two.`,
    },
  ])
}
