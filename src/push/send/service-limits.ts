import { LRUCache } from 'lru-cache'
import type { ServiceRoom } from '../outbox/outbox.ts'
import { suffixOf } from '../subscriptions/push-services.ts'
import { AdaptiveConcurrency } from './adaptive-concurrency.ts'

const originsMax = 1_000

type Deps = { readonly hosts: readonly string[]; readonly senders?: () => number }
type Service = { readonly hostname: string; readonly concurrency: AdaptiveConcurrency }

/** The concurrency limits of the push services, by their origin. */
export class ServiceLimits {
  readonly #deps: Deps
  readonly #services = new LRUCache<string, Service>({ max: originsMax })

  /** `hosts`: those that are allowed; `senders`: how many nodes send side by side. */
  constructor(deps: Deps) {
    this.#deps = deps
  }

  of(origin: string, hostname: string): AdaptiveConcurrency {
    const known = this.#services.get(origin)
    if (known !== undefined) return known.concurrency
    const { hosts, senders } = this.#deps
    const concurrency = new AdaptiveConcurrency(suffixOf(hostname, hosts) !== null, senders)
    this.#services.set(origin, { hostname, concurrency })
    return concurrency
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
}
