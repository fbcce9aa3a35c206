import type { Authority } from '../../../auth/editor.ts'
import { type Interest, interestKey } from '../../../domain/interest.ts'
import { toBase64url } from '../../../domain/parsing/base64url.ts'
import { Problem } from '../../../domain/problem.ts'
import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import { sameBytes } from '../../../push/crypto/hmac.ts'
import { pushServiceHosts } from '../../../push/subscriptions/push-services.ts'
import {
  type NewSubscription,
  type PushAddress,
  type Subscription,
  SubscriptionRefused,
  type SubscriptionStore,
} from '../../../push/subscriptions/subscription.ts'
import type {
  HostKeyCount,
  SubscriptionArchive,
  SubscriptionPage,
} from '../../../push/subscriptions/subscription-archive.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { sqlStateOf } from '../postgres-fault.ts'
import { WriteGroups } from '../write-groups.ts'
import { type SubscriptionRow, subscriptionColumns, subscriptionOfRow } from './postgres-push-tables.ts'
import { CountChanges, lockInterests } from './reader-counts.ts'
import { deleteSubscriptions } from './subscription-removal.ts'
import { type Save, type SaveResult, saveAll } from './subscription-saves.ts'

const selectById = `select ${subscriptionColumns}, s.token_hash from tocsin.subscriptions s
  join tocsin.interests i on i.interest_id = s.interest_id where s.id = $1`
const lockById = 'select row_id, interest_id, token_hash from tocsin.subscriptions where id = $1 for update'
const selectPreferences = `select s.address_hash, i.interest from tocsin.subscriptions s
  join tocsin.interests i on i.interest_id = s.interest_id where s.endpoint_hash = $1`
const updatePreferences = 'update tocsin.subscriptions set interest_id = $1, discreet = $2 where row_id = $3'
const selectPage = `select ${subscriptionColumns} from tocsin.subscriptions s
  join tocsin.interests i on i.interest_id = s.interest_id where s.row_id > $1 order by s.row_id limit $2`
const selectHostCounts = 'select host, vapid_key_id, subscriptions from tocsin.push_hosts'
const selectCounts = 'select interest, readers from tocsin.interests where readers > 0 order by interest_id'

const uuidForm = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i
const uniqueViolation = '23505'
/** How often a group is run again because another process has just stored one of its addresses. */
const attemptsMax = 5

type Owned = { readonly row_id: number; readonly interest_id: number; readonly token_hash: Uint8Array }
/** A surge of readers costs few commits. */
const saveGroups = { itemsMax: 256, groupsMax: 2, collectMs: 2 }

type Deps = {
  readonly database: PostgresDatabase
  readonly addressEncryption: AddressEncryption
  /** A new UUIDv7. */
  readonly newId: () => string
  /** The hosts that endpoints may have; absent: those of the known services. The number of hosts below a suffix is limited. */
  readonly hosts?: readonly string[]
}

/**
 * Subscriptions in PostgreSQL, in the tables of `postgresSubscriptionSchema`. Addresses are encrypted and tokens hashed;
 * nothing else about a reader is stored.
 */
export class PostgresSubscriptions implements SubscriptionStore, SubscriptionArchive {
  readonly #database: PostgresDatabase
  readonly #addressEncryption: AddressEncryption
  readonly #saves: WriteGroups<Save, SaveResult>

  constructor({ database, addressEncryption, newId, hosts = pushServiceHosts }: Deps) {
    this.#database = database
    this.#addressEncryption = addressEncryption
    const write = (saves: readonly Save[]) =>
      onceMoreWhenTaken(() => database.transaction((statements) => saveAll(statements, saves, { newId, hosts })))
    this.#saves = new WriteGroups(write, ({ endpointHash }) => [toBase64url(endpointHash)], {
      ...saveGroups,
      waitMsMax: database.limitMs,
    })
  }

  async put(
    subscription: NewSubscription,
    now: string,
    by?: Authority,
  ): Promise<{ id: string; token: string; made: boolean }> {
    const token = this.#addressEncryption.newToken()
    const { id, act } = await this.#save('put', subscription, token, now, by)
    return { id, token, made: act === 'made' }
  }

  async importOne(subscription: NewSubscription, createdAt: string, by?: Authority): Promise<'made' | 'kept'> {
    const token = this.#addressEncryption.newToken()
    return (await this.#save('import', subscription, token, createdAt, by)).act
  }

  async page(after: number, limit: number): Promise<SubscriptionPage> {
    const rows = await this.#database.all<SubscriptionRow>(selectPage, after, limit)
    const read = await Promise.allSettled(rows.map((row) => subscriptionOfRow(row, this.#addressEncryption)))
    const subscriptions = read.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
    const unreadable = rows.length - subscriptions.length
    const next = rows.length < limit ? null : (rows.at(-1)?.row_id ?? null)
    return { subscriptions, next, ...(unreadable === 0 ? {} : { unreadable }) }
  }

  async hostKeyCounts(): Promise<readonly HostKeyCount[]> {
    type Row = { readonly host: string; readonly vapid_key_id: string; readonly subscriptions: number }
    const rows = await this.#database.all<Row>(selectHostCounts)
    return rows.map(({ host, vapid_key_id, subscriptions }) => ({ host, vapidKeyId: vapid_key_id, subscriptions }))
  }

  async get(id: string, token: string): Promise<Subscription | null> {
    if (!uuidForm.test(id)) return null
    const tokenHash = await this.#addressEncryption.tokenHash(token)
    const [row] = await this.#database.all<SubscriptionRow & Pick<Owned, 'token_hash'>>(selectById, id)
    if (row === undefined || !sameBytes(row.token_hash, tokenHash)) return null
    return subscriptionOfRow(row, this.#addressEncryption)
  }

  async change(id: string, token: string, interest: Interest, discreet: boolean): Promise<Subscription | null> {
    const tokenHash = await this.#addressEncryption.tokenHash(token)
    const row = await this.#database.transaction(async (statements) => {
      const owned = await lockOwned(statements, id, tokenHash)
      if (owned === null) return null
      const ids = await lockInterests(statements, [interest], [owned.interest_id])
      const interestId = ids.get(interestKey(interest)) ?? 0
      const counts = new CountChanges()
      counts.add(interestId, 1)
      counts.add(owned.interest_id, -1)
      statements.send(updatePreferences, interestId, discreet, owned.row_id)
      counts.send(statements)
      return (await statements.all<SubscriptionRow>(selectById, id))[0] ?? null
    })
    return row === null ? null : subscriptionOfRow(row, this.#addressEncryption)
  }

  async remove(id: string, token: string): Promise<boolean> {
    const tokenHash = await this.#addressEncryption.tokenHash(token)
    return this.#database.transaction(async (statements) => {
      const owned = await lockOwned(statements, id, tokenHash)
      if (owned !== null) await deleteSubscriptions(statements, [owned.row_id])
      return owned !== null
    })
  }

  async interestOf(address: PushAddress): Promise<Interest | null> {
    const [endpointHash, addressHash] = await Promise.all([
      this.#addressEncryption.endpointHash(address.endpoint),
      this.#addressEncryption.addressHash(address),
    ])
    type Row = { readonly address_hash: Uint8Array; readonly interest: string }
    const [row] = await this.#database.all<Row>(selectPreferences, endpointHash)
    return row !== undefined && sameBytes(row.address_hash, addressHash) ? (JSON.parse(row.interest) as Interest) : null
  }

  async count(): Promise<readonly { readonly interest: Interest; readonly count: number }[]> {
    const rows = await this.#database.all<{ interest: string; readers: number }>(selectCounts)
    return rows.map(({ interest, readers }) => ({ interest: JSON.parse(interest) as Interest, count: readers }))
  }

  async #save(
    act: Save['act'],
    subscription: NewSubscription,
    token: string,
    createdAt: string,
    by: Authority | undefined,
  ): Promise<Exclude<SaveResult, string | Problem>> {
    const { endpoint } = subscription
    const endpointHash = await this.#addressEncryption.endpointHash(endpoint)
    const [addressHash, closed, tokenHash] = await Promise.all([
      this.#addressEncryption.addressHash(subscription),
      this.#addressEncryption.encrypt(subscription, endpointHash),
      this.#addressEncryption.tokenHash(token),
    ])
    const host = new URL(endpoint).hostname
    const hashed = { endpointHash, addressHash, closed, tokenHash }
    const saved = await this.#saves.run({ act, subscription, createdAt, by, host, ...hashed })
    if (saved instanceof Problem) throw saved
    if (typeof saved === 'string') throw new SubscriptionRefused(saved)
    return saved
  }
}

async function lockOwned(statements: PostgresStatements, id: string, tokenHash: Uint8Array): Promise<Owned | null> {
  if (!uuidForm.test(id)) return null
  const [row] = await statements.all<Owned>(lockById, id)
  return row !== undefined && sameBytes(row.token_hash, tokenHash) ? row : null
}

/** Runs a group again when another process has stored one of its addresses between the look-up and the insert. */
async function onceMoreWhenTaken<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await act()
    } catch (error) {
      if (sqlStateOf(error) !== uniqueViolation || attempt === attemptsMax) throw error
    }
}
