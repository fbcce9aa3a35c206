import { type Interest, interestKey } from '../../../domain/interest.ts'
import { hostsPerSuffixMax } from '../../../push/subscriptions/push-services.ts'
import type { PostgresStatements } from '../postgres-database.ts'

/**
 * Held until the commit by whoever adds an interest or a push service's host, which is rare: so interests become visible in
 * the order of their ids, and hosts are counted exactly.
 */
const lockNames = `select pg_advisory_xact_lock(hashtextextended('tocsin push names', 0))`
// Rows are locked in one order everywhere (subscriptions, interests, hosts), so that writers do not wait in a circle.
const lockInterestRows = `select interest_id, interest_key from tocsin.interests
  where interest_key = any($1::text[]) or interest_id = any($2::bigint[]) order by interest_id for no key update`
const insertInterests = `insert into tocsin.interests (interest_key, interest, readers)
  select added.interest_key, added.interest, 0 from unnest($1::text[], $2::text[]) as added (interest_key, interest)
  on conflict (interest_key) do nothing`
const addReaders = `update tocsin.interests i set readers = i.readers + change.readers
  from unnest($1::bigint[], $2::bigint[]) as change (interest_id, readers) where i.interest_id = change.interest_id`
const dropInterests = 'delete from tocsin.interests where interest_id = any($1::bigint[]) and readers <= 0'
const addToHosts = `insert into tocsin.push_hosts (host, vapid_key_id, subscriptions)
  select change.host, change.vapid_key_id, change.subscriptions
  from unnest($1::text[], $2::text[], $3::bigint[]) as change (host, vapid_key_id, subscriptions) order by 1, 2
  on conflict (host, vapid_key_id) do update set subscriptions = push_hosts.subscriptions + excluded.subscriptions`
const dropHosts = 'delete from tocsin.push_hosts where host = any($1::text[]) and subscriptions <= 0'
const selectHosts = 'select distinct host from tocsin.push_hosts where host = any($1::text[])'
const countHostsBelow = `select count(distinct host) as hosts from tocsin.push_hosts
  where length(host) > length($1) and right(host, length($1)) = $1`

/**
 * Locks these interests until the commit, adds those that are missing, and resolves with the id of each by its
 * `interestKey`. `leftIds`: interests that lose readers in the same transaction.
 */
export async function lockInterests(
  statements: PostgresStatements,
  interests: readonly Interest[],
  leftIds: readonly number[],
): Promise<ReadonlyMap<string, number>> {
  const byKey = new Map(interests.map((interest) => [interestKey(interest), interest]))
  type Found = { readonly interest_id: number; readonly interest_key: string }
  const lock = async (keys: readonly string[], ids: readonly number[]) =>
    (await statements.all<Found>(lockInterestRows, keys, ids)).map(
      (row) => [row.interest_key, row.interest_id] as const,
    )
  const found = new Map(await lock([...byKey.keys()], leftIds))
  const missing = [...byKey].filter(([key]) => !found.has(key)).sort(([a], [b]) => (a < b ? -1 : 1))
  if (missing.length === 0) return found
  const keys = missing.map(([key]) => key)
  statements.send(lockNames)
  statements.send(
    insertInterests,
    keys,
    missing.map(([, interest]) => JSON.stringify(interest)),
  )
  for (const [key, id] of await lock(keys, [])) found.set(key, id)
  return found
}

/** How many subscriptions come (or, negative, go) in one transaction. */
export class CountChanges {
  readonly #readers = new Map<number, number>()
  readonly #hosts = new Map<string, readonly [host: string, vapidKeyId: string, subscriptions: number]>()

  add(interestId: number, readers: 1 | -1): void {
    this.#readers.set(interestId, (this.#readers.get(interestId) ?? 0) + readers)
  }

  addAt(host: string, vapidKeyId: string, subscriptions: 1 | -1): void {
    const name = JSON.stringify([host, vapidKeyId])
    this.#hosts.set(name, [host, vapidKeyId, (this.#hosts.get(name)?.[2] ?? 0) + subscriptions])
  }

  /** Sends the changes; interests and hosts without a subscription are deleted. The last of a transaction. */
  send(statements: PostgresStatements): void {
    const readers = [...this.#readers].filter(([, change]) => change !== 0).sort(([a], [b]) => a - b)
    const ids = readers.map(([id]) => id)
    const changes = readers.map(([, change]) => change)
    if (ids.length > 0) {
      statements.send(lockInterestRows, [], ids)
      statements.send(addReaders, ids, changes)
    }
    if (changes.some((change) => change < 0)) statements.send(dropInterests, ids)
    const hosts = [...this.#hosts.values()].filter(([, , change]) => change !== 0)
    const names = hosts.map(([host]) => host)
    if (hosts.length > 0)
      statements.send(
        addToHosts,
        names,
        hosts.map(([, vapidKeyId]) => vapidKeyId),
        hosts.map(([, , change]) => change),
      )
    if (hosts.some(([, , change]) => change < 0)) statements.send(dropHosts, names)
  }
}

/** Of these hosts, which are new and below a suffix that has too many already. */
export async function crowdedHosts(
  statements: PostgresStatements,
  suffixByHost: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const crowded = new Set<string>()
  const unknown = async (hosts: readonly string[]) => {
    const known = new Set((await statements.all<{ host: string }>(selectHosts, hosts)).map(({ host }) => host))
    return hosts.filter((host) => !known.has(host))
  }
  const maybe = suffixByHost.size === 0 ? [] : await unknown([...suffixByHost.keys()])
  if (maybe.length === 0) return crowded
  statements.send(lockNames)
  const counts = new Map<string, number>()
  // Asked again under the lock: another transaction may have added it.
  for (const host of await unknown(maybe)) {
    const suffix = suffixByHost.get(host) ?? ''
    const known =
      counts.get(suffix) ?? (await statements.all<{ hosts: number }>(countHostsBelow, suffix))[0]?.hosts ?? 0
    if (known >= hostsPerSuffixMax) crowded.add(host)
    counts.set(suffix, known < hostsPerSuffixMax ? known + 1 : known)
  }
  return crowded
}
