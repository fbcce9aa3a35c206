import type { SubscriptionPage } from '../../push/subscriptions/subscription-archive.ts'

/** A position in the order of all subscriptions is a shard and a row in it, in one number below 2^53. */
const rowsMax = 2 ** 37

/**
 * The page after a position in the order of all subscriptions: shard after shard, as `pageOf` reads one of them after a row.
 * `shards`: those to read, in their order. A page ends with its shard, and none but the last is empty.
 */
export async function pageOver(
  shards: readonly number[],
  pageOf: (shard: number, row: number) => Promise<SubscriptionPage>,
  after: number,
): Promise<SubscriptionPage> {
  const from = Math.floor(after / rowsMax)
  for (const shard of shards) {
    if (shard < from) continue
    const { next, ...page } = await pageOf(shard, shard === from ? after % rowsMax : 0)
    const onward = next === null ? (shard + 1) * rowsMax : shard * rowsMax + next
    if (page.subscriptions.length > 0 || page.unreadable !== undefined) return { ...page, next: onward }
  }
  return { subscriptions: [], next: null }
}
