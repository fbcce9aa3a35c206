import { LRUCache } from 'lru-cache'
import type { Due, ServiceRoom } from '../outbox/outbox.ts'
import { suffixOf } from '../subscriptions/push-services.ts'
import { AdaptiveConcurrency, type ResponseSignal } from './adaptive-concurrency.ts'
import { FailedEndpointPermits, type Permits } from './failed-endpoint-permits.ts'
import { RepeatedThrottling } from './repeated-throttling.ts'

const originsMax = 1_000
const failedEndpointsMax = 5_000

type Deps = { readonly hosts: readonly string[]; readonly senders?: () => number }
type Service = {
  readonly hostname: string
  readonly concurrency: AdaptiveConcurrency
  readonly failedEndpoints: FailedEndpointPermits
  readonly repeatedThrottling: RepeatedThrottling
}
type Origin = Pick<URL, 'origin' | 'hostname'>
/** A push's endpoint, and what its former attempts say about it. */
type Attempted = Pick<Due, 'attempts' | 'lookedGone'> & { readonly subscription: { readonly endpoint: string } }

/** The concurrency limits of the push services, by their origin. */
export class ServiceLimits {
  readonly #deps: Deps
  readonly #services = new LRUCache<string, Service>({ max: originsMax })
  /** Endpoints, of all services, whose last response was bad. */
  readonly #failed = new LRUCache<string, true>({ max: failedEndpointsMax })

  /** `hosts`: those that are allowed; `senders`: how many nodes send side by side. */
  constructor(deps: Deps) {
    this.#deps = deps
  }

  of(origin: Origin): AdaptiveConcurrency {
    return this.#serviceOf(origin).concurrency
  }

  /** The permits with which a push is sent: an endpoint that failed at last takes none from the others. */
  permits(origin: Origin, push: Attempted): Permits {
    const { concurrency, failedEndpoints } = this.#serviceOf(origin)
    return this.#hasFailed(push) ? failedEndpoints : concurrency
  }

  /**
   * Adapts to a response, as `AdaptiveConcurrency.record`. An endpoint that fails again says nothing about its service:
   * a few that always fail would pause it for all. At a host that has never answered, each failure counts; and so does each
   * 429 where several endpoints were throttled again: otherwise a service that throttles all of its retries went unheard.
   */
  record(origin: Origin, push: Attempted, signal: ResponseSignal, nowMs: number, waitMs = 0): boolean {
    const { concurrency, repeatedThrottling } = this.#serviceOf(origin)
    const { endpoint } = push.subscription
    if (signal === 'ok') {
      if (this.#failed.size > 0) this.#failed.delete(endpoint)
      return concurrency.record('ok', nowMs)
    }
    const failedBefore = this.#hasFailed(push)
    this.#failed.set(endpoint, true)
    const isOwn = failedBefore && !(signal === 'throttled' && repeatedThrottling.note(endpoint, nowMs))
    return isOwn && !concurrency.isUnknownHost ? false : concurrency.record(signal, nowMs, waitMs)
  }

  /** The services that can take less than `most` pushes now so that each is begun within the time in milliseconds. */
  rooms(most: number, nowMs: number, withinMs: number): readonly ServiceRoom[] {
    const rooms: ServiceRoom[] = []
    for (const { hostname, concurrency } of this.#services.values()) {
      const pushes = concurrency.room(nowMs, withinMs)
      if (pushes < most) rooms.push({ host: hostname, pushes })
    }
    return rooms
  }

  /** A push that is tried again because its endpoint looked gone has not failed. */
  #hasFailed({ attempts, lookedGone, subscription }: Attempted): boolean {
    return attempts > (lookedGone ? 1 : 0) || (this.#failed.size > 0 && this.#failed.has(subscription.endpoint))
  }

  #serviceOf({ origin, hostname }: Origin): Service {
    const known = this.#services.get(origin)
    if (known !== undefined) return known
    const { hosts, senders } = this.#deps
    const concurrency = new AdaptiveConcurrency(suffixOf(hostname, hosts) !== null, senders)
    const failedEndpoints = new FailedEndpointPermits(concurrency)
    const service = { hostname, concurrency, failedEndpoints, repeatedThrottling: new RepeatedThrottling() }
    this.#services.set(origin, service)
    return service
  }
}
