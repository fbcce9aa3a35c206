import type { Authority } from '../../auth/editor.ts'
import { Problem } from '../../domain/problem.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import { RateLimit } from './rate-limit.ts'

const minuteMs = 60_000
/** The most subscriptions in progress, from all addresses: some seconds' work. */
const concurrentMax = 2_000
const busySeconds = 2

/** A request to subscribe: its body as received, the audience of its URL, and the editor who sent it, if one did. */
export type SubscribeRequest = {
  readonly body: Uint8Array
  readonly audience: string | undefined
  readonly by: Authority | null
}

/** The stored subscription; `made`: its address is new. */
type Subscribed = { readonly id: string; readonly token: string; readonly made: boolean }

/** Parses, checks and stores. Throws a Problem. */
export type Subscribe = (asked: SubscribeRequest) => Promise<Subscribed>

type Deps = {
  readonly subscribe: Subscribe
  /** The most requests a minute from one address; 0: no limit. */
  readonly perMinute: number
  readonly now: () => number
}

/** The limits on new subscriptions, for every route by which they come. They are counted in memory. */
export class SubscribeLimits {
  readonly #subscribe: Subscribe
  readonly #rate: RateLimit
  readonly #concurrency = new ConcurrencyLimit(concurrentMax)
  readonly #now: () => number

  constructor({ subscribe, perMinute, now }: Deps) {
    this.#subscribe = subscribe
    this.#rate = new RateLimit(perMinute, minuteMs)
    this.#now = now
  }

  /** Takes a subscription from an address. `read` is not called when a limit refuses it. Throws a Problem. */
  async take(address: string, read: () => Promise<SubscribeRequest>): Promise<Subscribed> {
    const waitMs = this.#rate.take(address, this.#now())
    if (waitMs !== null)
      throw new Problem(
        429,
        'too-many-subscriptions',
        'Too many subscriptions came from this address within a minute. Try again later.',
        { retryAfterSeconds: Math.ceil(waitMs / 1_000) },
      )
    // Counted only once the body has been read, so that slow bodies do not use up the limit.
    const asked = await read()
    const subscribed = await this.#concurrency.run(address, () => this.#subscribe(asked))
    if (typeof subscribed === 'object') return subscribed
    if (subscribed === 'share')
      throw new Problem(
        429,
        'too-many-from-here',
        'Too many subscriptions come from this address at this moment. Nothing was saved; send the same again in a moment.',
        { retryAfterSeconds: busySeconds },
      )
    throw new Problem(
      503,
      'too-many-at-once',
      'More subscriptions come at this moment than can be looked at. Nothing was saved; send the same again in a moment.',
      { retryAfterSeconds: busySeconds },
    )
  }
}
