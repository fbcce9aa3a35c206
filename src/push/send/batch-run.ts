import type { Batch, DeliveryState, Due, Outcome } from '../outbox/outbox.ts'

/** How old the last look at a batch's standing may be when a push is begun: a stop or a pause works within this. */
const lookEveryMs = 250

/** A batch on loan, being sent. */
export type Run = {
  readonly batch: Batch
  readonly signal: AbortSignal
  readonly standing: () => Promise<DeliveryState>
  readonly topic: string
  readonly expiresMs: number
  readonly urgency: 'high' | 'normal'
  readonly payloadFor: (language: string, discreet: boolean) => Uint8Array | null
}

type PayloadParts = {
  readonly payload: (batch: Batch, language: string, discreet: boolean) => Uint8Array
  readonly report: (error: unknown, doing: string) => void
}
type LookParts = { readonly now: () => number } & Pick<PayloadParts, 'report'>

/** Each payload of a batch made once; null, and told of once, where it cannot be made. */
export function payloadsOf(batch: Batch, { payload, report }: PayloadParts): Run['payloadFor'] {
  const made = new Map<string, Uint8Array | null>()
  const make = (language: string, discreet: boolean): Uint8Array | null => {
    try {
      return payload(batch, language, discreet)
    } catch (error) {
      report(error, 'making a push payload')
      return null
    }
  }
  return (language, discreet) => {
    const name = `${language} ${discreet}`
    const known = made.get(name)
    if (known !== undefined) return known
    const one = make(language, discreet)
    made.set(name, one)
    return one
  }
}

/** A batch's standing, looked at anew when the last look is too old; pushes that ask at once share one look. */
export function lookingAgain(batch: Batch, { now, report }: LookParts): () => Promise<DeliveryState> {
  let lookedMs = Number.NEGATIVE_INFINITY
  let look: Promise<DeliveryState> = Promise.resolve('due')
  return () => {
    const agoMs = now() - lookedMs
    // One that is to come was before the clock was set back.
    if (agoMs < 0 || agoMs >= lookEveryMs) {
      lookedMs = now()
      look = batch.standing().catch((error: unknown) => {
        // Nothing is begun on a guess; what was sent is settled all the same.
        report(error, 'looking whether pushes are stopped')
        return 'paused'
      })
    }
    return look
  }
}

/** A retry that would come after the alert's expiry is none: the push has failed. */
export function again(
  run: Run,
  { subscription }: Due,
  how: { notBeforeMs: number; sealed: Uint8Array | null; attempts: number; lookedGone: boolean },
): Outcome {
  const subscriptionId = subscription.id
  if (how.notBeforeMs >= run.expiresMs) return { subscriptionId, result: 'failed' }
  return { subscriptionId, result: 'again', ...how }
}
