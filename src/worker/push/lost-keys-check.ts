import type { Alarm } from '../../push/outbox/alarms.ts'
import { type LostKeys, lostKeys } from '../../push/subscriptions/lost-keys.ts'
import type { HostKeyCount } from '../../push/subscriptions/subscription-archive.ts'

/** The least interval between two checks, in milliseconds: readiness is polled often, and a check calls every shard. */
const freshMs = 60_000

type Deps = {
  readonly hostKeyCounts: () => Promise<readonly HostKeyCount[]>
  readonly keyIds: readonly string[]
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/** Checks whether the VAPID key of every subscription is known: on request, but at most once a minute. */
export class LostKeysCheck {
  readonly #deps: Deps
  #lost: LostKeys | null = null
  #lookedMs = Number.NEGATIVE_INFINITY

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Why pushing is not ready: null unless most subscriptions' keys are lost. Shards that do not answer say nothing of it. */
  async why(): Promise<string | null> {
    const lost = await this.#look()
    return lost?.isMost ? lost.detail : null
  }

  /** The alarm, while keys are missing. */
  async alarms(): Promise<readonly Alarm[]> {
    const lost = await this.#look()
    return lost === null ? [] : [{ kind: 'key', detail: lost.detail, at: new Date(this.#deps.now()).toISOString() }]
  }

  async #look(): Promise<LostKeys | null> {
    const { hostKeyCounts, keyIds, now, report } = this.#deps
    if (now() - this.#lookedMs < freshMs) return this.#lost
    try {
      const lost = lostKeys(await hostKeyCounts(), keyIds)
      if (lost !== null && lost.detail !== this.#lost?.detail) report(new Error(lost.detail), 'looking at VAPID keys')
      this.#lost = lost
      this.#lookedMs = now()
    } catch (error) {
      report(error, 'looking at VAPID keys')
    }
    return this.#lost
  }
}
