import type { Authority } from '../../auth/editor.ts'
import { type Interest, interestKey } from '../../domain/interest.ts'
import type { DeskPushesDeps } from '../../http/api/desk/desk-pushes.ts'
import type { AlertLog, HistoryEntry, Seq } from '../../log/log.ts'
import { joinedAlarms } from '../../push/outbox/alarms.ts'
import { type DeliveryCounts, joinedDeliveries } from '../../push/outbox/delivery.ts'
import { deliveryCountsOf, noDetails } from '../../push/outbox/run-progress.ts'
import {
  isRefusal,
  type NewSubscription,
  type PushAddress,
  type Refusal,
  SubscriptionRefused,
  type SubscriptionStore,
} from '../../push/subscriptions/subscription.ts'
import type {
  HostKeyCount,
  SubscriptionArchive,
  SubscriptionPage,
} from '../../push/subscriptions/subscription-archive.ts'
import type { Env } from '../env.ts'
import type { PushCalls } from '../rpc.ts'
import { numberSetting } from '../worker-settings.ts'
import { shardName, shardOf, shardOfId, shardsMax, shardsUsual } from './shard-of.ts'
import { pageOver } from './shard-pages.ts'

/** All push objects together. Only shards that have ever had a subscription are called. */
export function openShards(
  env: Env,
  enlisted: () => readonly string[],
  log: Pick<AlertLog, 'history'>,
): Pick<DeskPushesDeps, 'outbox' | 'alarms'> & {
  readonly subscriptions: Pick<SubscriptionStore, 'count' | 'interestOf'>
  readonly archive: SubscriptionArchive
  /** Stops an alert's pushes up to a seq, in every shard. */
  readonly stop: (alertId: string, through: Seq) => Promise<void>
} {
  const shards = new Shards(env, enlisted)
  return {
    subscriptions: shards,
    archive: shards,
    async stop(alertId, through) {
      await shards.askAll((shard) => shard.stop(alertId, through))
    },
    outbox: {
      async delivery(alertId) {
        const [changes, parts] = await Promise.all([
          log.history(alertId),
          shards.askAll((shard) => shard.deliveryPart(alertId)),
        ])
        // Also what no shard has to push is a delivery, to nobody.
        return joinedDeliveries([{ opened: Number.POSITIVE_INFINITY, counts: changes.map(toNobody) }, ...parts])
      },
    },
    alarms: async () => joinedAlarms((await shards.askAll((shard) => shard.alarms())).flat()),
  }
}

function toNobody({ seq, at }: HistoryEntry): DeliveryCounts {
  const none = { due: 0, accepted: 0, gone: 0, failed: 0, startedMs: null, finishedMs: Date.parse(at) }
  return deliveryCountsOf({ seq, state: 'done', ...none }, noDetails)
}

/** The number of shards, which must not change once there are subscriptions. Throws an Error that says what is wanted. */
function shardCount(env: Env): number {
  const shards = numberSetting(env, 'PUSH_SHARDS', shardsUsual)
  if (shards > shardsMax) throw new Error(`PUSH_SHARDS is at most ${shardsMax}, not ${shards}.`)
  return shards
}

/** The subscriptions of all shards. An address is in the shard of its hash; an id ends in its shard's number. */
export class Shards implements SubscriptionStore, SubscriptionArchive {
  readonly #env: Env
  readonly #enlisted: () => readonly string[]
  readonly #origin: string | null
  readonly #count: number

  /** `origin`: the service's origin that readers use, where the caller knows it. */
  constructor(env: Env, enlisted: () => readonly string[], origin: string | null = null) {
    this.#env = env
    this.#enlisted = enlisted
    this.#origin = origin
    this.#count = shardCount(env)
  }

  async put(subscription: NewSubscription, now: string, by?: Authority) {
    const shard = await shardOf(subscription.endpoint, this.#count)
    return orRefused(this.#shard(shard).put(subscription, now, { shard, origin: this.#origin }, by))
  }

  async importOne(subscription: NewSubscription, createdAt: string, by?: Authority): Promise<'made' | 'kept'> {
    const shard = await shardOf(subscription.endpoint, this.#count)
    return orRefused(this.#shard(shard).importOne(subscription, createdAt, { shard, origin: this.#origin }, by))
  }

  async get(id: string, token: string) {
    const shard = this.#of(id)
    return shard === undefined ? null : orRefused(shard.get(id, token))
  }

  async change(id: string, token: string, interest: Interest, discreet: boolean) {
    const shard = this.#of(id)
    return shard === undefined ? null : orRefused(shard.change(id, token, interest, discreet))
  }

  async remove(id: string, token: string): Promise<boolean> {
    return (await this.#of(id)?.remove(id, token)) ?? false
  }

  async sendTest(id: string, token: string) {
    return (await this.#of(id)?.sendTest(id, token)) ?? 'unknown'
  }

  async interestOf(address: PushAddress) {
    return orRefused(this.#shard(await shardOf(address.endpoint, this.#count)).interestOf(address))
  }

  async count() {
    const total = new Map<string, { interest: Interest; count: number }>()
    for (const { interest, count } of (await this.askAll((shard) => shard.count())).flat()) {
      const key = interestKey(interest)
      total.set(key, { interest, count: count + (total.get(key)?.count ?? 0) })
    }
    return [...total.values()]
  }

  async hostKeyCounts(): Promise<readonly HostKeyCount[]> {
    const total = new Map<string, HostKeyCount>()
    for (const place of (await this.askAll((shard) => shard.hostKeyCounts())).flat()) {
      const key = `${place.host} ${place.vapidKeyId}`
      total.set(key, { ...place, subscriptions: place.subscriptions + (total.get(key)?.subscriptions ?? 0) })
    }
    return [...total.values()]
  }

  async page(after: number, limit: number): Promise<SubscriptionPage> {
    const enlisted = new Set(this.#enlisted())
    const shards = Array.from({ length: this.#count }, (_, shard) => shard)
    return pageOver(
      shards.filter((shard) => enlisted.has(this.#idOf(shard).toString())),
      (shard, row) => orRefused(this.#shard(shard).page(row, limit)),
      after,
    )
  }

  /** Calls every shard that has ever had a subscription. Rejects when one does not answer. */
  askAll<Answer>(ask: (shard: PushCalls) => Promise<Answer>): Promise<readonly Answer[]> {
    return Promise.all(this.#enlisted().map((id) => ask(this.#env.PUSHERS.get(this.#env.PUSHERS.idFromString(id)))))
  }

  /** The shard that an id names; undefined when it names none. */
  #of(id: string): PushCalls | undefined {
    const shard = shardOfId(id, this.#count)
    return shard === null ? undefined : this.#shard(shard)
  }

  #shard(shard: number): PushCalls {
    return this.#env.PUSHERS.get(this.#idOf(shard))
  }

  #idOf(shard: number): DurableObjectId {
    return this.#env.PUSHERS.idFromName(shardName(shard))
  }
}

/** Throws the SubscriptionRefused of a shard that has given a refusal as a word; gives any other result. */
async function orRefused<Result>(asked: Promise<Result>): Promise<Exclude<Result, Refusal>> {
  const result = await asked
  if (isRefusal(result)) throw new SubscriptionRefused(result)
  return result as Exclude<Result, Refusal>
}
