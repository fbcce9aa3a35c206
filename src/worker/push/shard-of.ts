import { sha256 } from '../../push/crypto/hmac.ts'

/** The most shards, because the id of a subscription ends in its shard's number. */
export const shardsMax = 65_536
export const shardsUsual = 16

const shardDigits = 4

/** The shard of a push address. It depends only on the address and the number of shards. */
export async function shardOf(endpoint: string, shards: number): Promise<number> {
  const hash = await sha256(endpoint)
  return new DataView(hash.buffer).getUint32(0) % shards
}

/** A UUIDv7 whose last digits name a shard. */
export function idInShard(id: string, shard: number): string {
  return `${id.slice(0, -shardDigits)}${shard.toString(16).padStart(shardDigits, '0')}`
}

/** The shard that an id names; null for an id that no shard has made. */
export function shardOfId(id: string, shards: number): number | null {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return null
  const shard = Number.parseInt(id.slice(-shardDigits), 16)
  return shard < shards ? shard : null
}

/** The name of a shard's object. */
export function shardName(shard: number): string {
  return `shard ${shard}`
}
