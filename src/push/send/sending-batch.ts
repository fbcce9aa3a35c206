import type { Entry } from '../../log/log.ts'
import { type Batch, type DeliveryState, type Due, leaseMsMax, type Outcome } from '../outbox/outbox.ts'

/** The greatest age of a delivery state with which a push is begun, in milliseconds: a stop or a pause takes effect within this time. */
const stateAgeMsMax = 250

/** A push is not begun when its lease ends sooner than this: longer than any request may take. */
export const requestMsMax = 12_000

/** A leased batch that is being sent. */
export type SendingBatch = {
  readonly batch: Batch
  readonly signal: AbortSignal
  readonly deliveryState: () => DeliveryState | Promise<DeliveryState>
  readonly topic: string
  readonly expiresMs: number
  readonly urgency: 'high' | 'normal'
  readonly payloadFor: (language: string, discreet: boolean) => Uint8Array | null
}

type PayloadsDeps = {
  readonly payload: (batch: Batch, language: string, discreet: boolean) => Uint8Array
  readonly report: (error: unknown, doing: string) => void
}
type StateReaderDeps = { readonly now: () => number } & Pick<PayloadsDeps, 'report'>

/** The payloads of an entry, by language and discretion. */
type Payloads = Map<string, Uint8Array | null>

/** Payloads of entries that are being sent: an outbox gives all batches of an entry the same object where it can. */
export type PayloadCache = WeakMap<Entry, Payloads>

/** Makes each payload of an entry once. Null where it cannot be made, which is reported once. */
export function payloadsOf(
  batch: Batch,
  { payload, report }: PayloadsDeps,
  cache: PayloadCache,
): SendingBatch['payloadFor'] {
  const made: Payloads = cache.get(batch.entry) ?? new Map()
  cache.set(batch.entry, made)
  const make = (language: string, discreet: boolean): Uint8Array | null => {
    try {
      return payload(batch, language, discreet)
    } catch (error) {
      report(error, 'making a push payload')
      return null
    }
  }
  return (language, discreet) => {
    const name = discreet ? `${language} discreet` : language
    const known = made.get(name)
    if (known !== undefined) return known
    const payload = make(language, discreet)
    made.set(name, payload)
    return payload
  }
}

/**
 * A batch's delivery state, read again when the last read is too old. Concurrent pushes share one read, and those after
 * it do not wait.
 */
export function deliveryStateReader(batch: Batch, { now, report }: StateReaderDeps): SendingBatch['deliveryState'] {
  let readMs = Number.NEGATIVE_INFINITY
  let state: DeliveryState | Promise<DeliveryState> = 'due'
  return () => {
    const agoMs = now() - readMs
    // A time in the future is from before the clock was set back.
    if (agoMs < 0 || agoMs >= stateAgeMsMax) {
      readMs = now()
      const reading = batch
        .deliveryState()
        .catch((error: unknown): DeliveryState => {
          // Without a delivery state, no push is begun. Pushes that were sent are settled all the same.
          report(error, 'reading whether pushes are stopped')
          return 'paused'
        })
        .then((read) => {
          if (state === reading) state = read
          return read
        })
      state = reading
    }
    return state
  }
}

/** A retry after the alert's expiry is not made: the push has failed. */
export function retryOutcome(
  sending: SendingBatch,
  { subscription }: Due,
  how: { notBeforeMs: number; sealed: Uint8Array | null; attempts: number; lookedGone: boolean },
): Outcome {
  const subscriptionId = subscription.id
  if (how.notBeforeMs >= sending.expiresMs) return { subscriptionId, result: 'failed' }
  return { subscriptionId, result: 'again', ...how }
}

/** The outcome of a push that was not sent: due again, and not counted as an attempt. */
export function returnUnsent(sending: SendingBatch, due: Due, notBeforeMs: number): Outcome {
  const { sealed, attempts, lookedGone } = due
  return retryOutcome(sending, due, { notBeforeMs, sealed, attempts, lookedGone })
}

/** Whether a push of a batch may be begun: its lease is long enough, and was made under the present clock. */
export function leaseSuffices({ leaseUntilMs }: Batch, nowMs: number): boolean {
  const leftMs = leaseUntilMs - nowMs
  return leftMs >= requestMsMax && leftMs <= leaseMsMax
}
