import { languageOf } from '../../domain/newsroom.ts'
import type { SubscriptionStore } from '../subscriptions/subscription.ts'
import { type PayloadDeps, testPayload } from './payload.ts'
import type { SendPush } from './send-push.ts'

const testTtlSeconds = 300

type Deps = {
  readonly subscriptions: Pick<SubscriptionStore, 'get'>
  readonly sendPush: Pick<SendPush, 'deliver'>
  readonly topic: (name: string) => Promise<string>
  readonly payloadDeps: PayloadDeps
  readonly now: () => number
}

/** The outcome of a reader's test; `unknown`: there is no subscription with this id and token. */
export type TestResult = 'sent' | 'gone' | 'failed' | 'unknown'

/** Sends one reader a small notification, at once. */
export async function sendTestPush(deps: Deps, subscriptionId: string, token: string): Promise<TestResult> {
  const { subscriptions, sendPush, topic, payloadDeps, now } = deps
  const subscription = await subscriptions.get(subscriptionId, token)
  if (subscription === null) return 'unknown'
  const { languages } = subscription.interest
  // A language that the newsroom publishes in: others have no page to link to.
  const known =
    languages === '*' ? undefined : languages.find((tag) => languageOf(payloadDeps.newsroom, tag) !== undefined)
  const language = known ?? '*'
  const { decision } = await sendPush.deliver({
    subscription,
    payload: testPayload(language, new Date(now()).toISOString(), payloadDeps),
    sealed: null,
    ttlSeconds: testTtlSeconds,
    urgency: 'normal',
    topic: await topic(`test ${subscriptionId}`),
    attempts: 0,
    lookedGone: false,
  })
  return decision.act === 'accepted' ? 'sent' : decision.act === 'gone' ? 'gone' : 'failed'
}
