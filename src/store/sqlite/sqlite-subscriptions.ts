import type { Authority } from '../../auth/editor.ts'
import type { Interest } from '../../domain/interest.ts'
import { Problem } from '../../domain/problem.ts'
import type { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { sameBytes } from '../../push/crypto/hmac.ts'
import { pushServiceHosts, suffixOf } from '../../push/subscriptions/push-services.ts'
import {
  type NewSubscription,
  type PushAddress,
  type Refusal,
  type Subscription,
  SubscriptionRefused,
  type SubscriptionStore,
} from '../../push/subscriptions/subscription.ts'
import type {
  HostKeyCount,
  SubscriptionArchive,
  SubscriptionPage,
} from '../../push/subscriptions/subscription-archive.ts'
import { migrate, type Sql } from '../sql.ts'
import { GroupCommit } from './group-commit.ts'
import {
  acceptsHost,
  addInterestReader,
  decrementHostCount,
  deleteSubscription,
  incrementHostCount,
  removeInterestReader,
  type SubscriptionInterestRow,
  subscriptionInterestColumns,
  subscriptionOf,
  subscriptionSchema,
} from './push-tables.ts'
import { invalidReason } from './sqlite-editors.ts'

const selectByEndpoint =
  'select row_id, id, address_hash, interest_id, host, vapid_key_id from subscriptions where endpoint_hash = ?'
const selectById = `select ${subscriptionInterestColumns}, s.token_hash from subscriptions s join interests i on i.interest_id = s.interest_id where s.id = ?`
const selectPreferences = `select s.address_hash, i.interest from subscriptions s
  join interests i on i.interest_id = s.interest_id where s.endpoint_hash = ?`
const insert = `insert into subscriptions
  (id, endpoint_hash, address_hash, address, token_hash, interest_id, discreet, vapid_key_id, created_at, host, editor_id)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const updatePreferences = 'update subscriptions set interest_id = ?, discreet = ? where row_id = ?'
const updateEditor = 'update subscriptions set editor_id = ? where row_id = ?'
const updateToken = 'update subscriptions set token_hash = ? where row_id = ?'
const updateHost = 'update subscriptions set host = ? where row_id = ?'
const selectPage = `select ${subscriptionInterestColumns} from subscriptions s join interests i on i.interest_id = s.interest_id
  where s.row_id > ? order by s.row_id limit ?`
const selectHostCounts = 'select host, vapid_key_id, subscriptions from push_places'
const selectCounts = 'select interest, readers from interests where readers > 0 order by interest_id'

type ExistingRow = {
  readonly row_id: number
  readonly id: string
  readonly address_hash: Uint8Array
  readonly interest_id: number
  readonly host: string
  readonly vapid_key_id: string
}
type Saved = { readonly id: string; readonly token: string; readonly made: boolean }
type Owned = SubscriptionInterestRow & { readonly token_hash: Uint8Array }

/** An address, hashed and encrypted for its row. Done before the transaction, because it takes time. */
type PreparedSubscription = {
  readonly subscription: NewSubscription
  readonly host: string
  readonly endpointHash: Uint8Array
  readonly addressHash: Uint8Array
  readonly closed: Uint8Array
  readonly token: string
  readonly tokenHash: Uint8Array
}

type Deps = {
  readonly sql: Sql
  readonly addressEncryption: AddressEncryption
  /** A new UUIDv7. */
  readonly newId: () => string
  /** The hosts that endpoints may have; absent: those of the known services. The number of hosts below a suffix is limited. */
  readonly hosts?: readonly string[]
  /** How long a write waits for others to share its commit, in milliseconds; 0 for a caller that brings many at once. */
  readonly collectMs?: number
  /** Where the editors' table is: in this database, or in another object, which is asked before a test alert is opened. */
  readonly editors?: 'here' | 'elsewhere'
}

/** Subscriptions in SQLite. Addresses are encrypted and tokens hashed; nothing else about a reader is stored. */
export class SqliteSubscriptions implements SubscriptionStore, SubscriptionArchive {
  readonly #sql: Sql
  readonly #group: GroupCommit
  readonly #addressEncryption: AddressEncryption
  readonly #newId: () => string
  readonly #hosts: readonly string[]
  readonly #knowsEditors: boolean

  /** Creates the tables where they are missing. */
  constructor({ sql, addressEncryption, newId, hosts = pushServiceHosts, collectMs, editors = 'here' }: Deps) {
    migrate(sql, subscriptionSchema)
    this.#sql = sql
    this.#group = new GroupCommit(sql, collectMs)
    this.#addressEncryption = addressEncryption
    this.#newId = newId
    this.#hosts = hosts
    this.#knowsEditors = editors === 'here'
  }

  async put(subscription: NewSubscription, now: string, by?: Authority): Promise<Saved> {
    const ready = await this.#prepare(subscription)
    const { token, tokenHash, endpointHash } = ready
    const saved = await this.#group.run((): Saved | Refusal | Problem => {
      const forbidden = this.#invalidReason(by)
      if (forbidden !== null) return forbidden
      const [known] = this.#sql.all<ExistingRow>(selectByEndpoint, endpointHash)
      if (known === undefined) {
        const id = this.#insert(ready, now, by)
        return id === null ? 'crowded' : { id, token, made: true }
      }
      if (!sameBytes(known.address_hash, ready.addressHash)) return 'taken'
      // A browser's subscription belongs to the VAPID key that it was made with, so that the row keeps its key id.
      this.#updatePreferences(known.row_id, known.interest_id, subscription.interest, subscription.discreet)
      this.#sql.run(updateToken, tokenHash, known.row_id)
      this.#sql.run(updateEditor, editorOf(subscription, by), known.row_id)
      if (known.host === '') this.#setHost(known, ready.host)
      return { id: known.id, token, made: false }
    })
    if (saved instanceof Problem) throw saved
    if (typeof saved === 'string') throw new SubscriptionRefused(saved)
    return saved
  }

  async importOne(subscription: NewSubscription, createdAt: string, by?: Authority): Promise<'made' | 'kept'> {
    const ready = await this.#prepare(subscription)
    const found = await this.#group.run((): 'made' | 'kept' | Refusal | Problem => {
      const forbidden = this.#invalidReason(by)
      if (forbidden !== null) return forbidden
      const [known] = this.#sql.all<ExistingRow>(selectByEndpoint, ready.endpointHash)
      if (known !== undefined) return sameBytes(known.address_hash, ready.addressHash) ? 'kept' : 'taken'
      return this.#insert(ready, createdAt, by) === null ? 'crowded' : 'made'
    })
    if (found instanceof Problem) throw found
    if (found !== 'made' && found !== 'kept') throw new SubscriptionRefused(found)
    return found
  }

  async page(after: number, limit: number): Promise<SubscriptionPage> {
    const rows = this.#sql.all<SubscriptionInterestRow>(selectPage, after, limit)
    const read = await Promise.allSettled(
      rows.map((row) => subscriptionOf(row, JSON.parse(row.interest) as Interest, this.#addressEncryption)),
    )
    const subscriptions = read.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
    const unreadable = rows.length - subscriptions.length
    const next = rows.length < limit ? null : (rows.at(-1)?.row_id ?? null)
    return { subscriptions, next, ...(unreadable === 0 ? {} : { unreadable }) }
  }

  async hostKeyCounts(): Promise<readonly HostKeyCount[]> {
    return this.#sql
      .all<{ host: string; vapid_key_id: string; subscriptions: number }>(selectHostCounts)
      .map(({ host, vapid_key_id, subscriptions }) => ({ host, vapidKeyId: vapid_key_id, subscriptions }))
  }

  async get(id: string, token: string): Promise<Subscription | null> {
    const tokenHash = await this.#addressEncryption.tokenHash(token)
    const row = this.#owned(id, tokenHash)
    return row === null ? null : subscriptionOf(row, JSON.parse(row.interest) as Interest, this.#addressEncryption)
  }

  async change(id: string, token: string, interest: Interest, discreet: boolean): Promise<Subscription | null> {
    const tokenHash = await this.#addressEncryption.tokenHash(token)
    const preferences = () => {
      const found = this.#owned(id, tokenHash)
      if (found === null) return null
      this.#updatePreferences(found.row_id, found.interest_id, interest, discreet)
      return this.#owned(id, tokenHash)
    }
    const row = await this.#sql.retryBusy(() => this.#sql.transaction(preferences))
    return row === null ? null : subscriptionOf(row, JSON.parse(row.interest) as Interest, this.#addressEncryption)
  }

  async remove(id: string, token: string): Promise<boolean> {
    const tokenHash = await this.#addressEncryption.tokenHash(token)
    const leave = () => {
      const row = this.#owned(id, tokenHash)
      if (row === null) return false
      deleteSubscription(this.#sql, row.row_id)
      return true
    }
    return this.#sql.retryBusy(() => this.#sql.transaction(leave))
  }

  async interestOf(address: PushAddress): Promise<Interest | null> {
    const [endpointHash, addressHash] = await Promise.all([
      this.#addressEncryption.endpointHash(address.endpoint),
      this.#addressEncryption.addressHash(address),
    ])
    const [row] = this.#sql.all<{ address_hash: Uint8Array; interest: string }>(selectPreferences, endpointHash)
    return row !== undefined && sameBytes(row.address_hash, addressHash) ? (JSON.parse(row.interest) as Interest) : null
  }

  async count(): Promise<readonly { readonly interest: Interest; readonly count: number }[]> {
    return this.#sql
      .all<{ interest: string; readers: number }>(selectCounts)
      .map(({ interest, readers }) => ({ interest: JSON.parse(interest) as Interest, count: readers }))
  }

  async #prepare(subscription: NewSubscription): Promise<PreparedSubscription> {
    const { endpoint } = subscription
    const endpointHash = await this.#addressEncryption.endpointHash(endpoint)
    const token = this.#addressEncryption.newToken()
    const [addressHash, closed, tokenHash] = await Promise.all([
      this.#addressEncryption.addressHash(subscription),
      this.#addressEncryption.encrypt(subscription, endpointHash),
      this.#addressEncryption.tokenHash(token),
    ])
    return { subscription, host: new URL(endpoint).hostname, endpointHash, addressHash, closed, token, tokenHash }
  }

  /** Returns the new row's id; null when there are too many hosts of the suffix. */
  #insert(
    { subscription, host, endpointHash, addressHash, closed, tokenHash }: PreparedSubscription,
    createdAt: string,
    by: Authority | undefined,
  ): string | null {
    const suffix = suffixOf(host, this.#hosts)
    if (suffix !== null && !acceptsHost(this.#sql, host, suffix)) return null
    const { interest, discreet, vapidKeyId } = subscription
    const id = this.#newId()
    const preferences = [addInterestReader(this.#sql, interest), discreet ? 1 : 0, vapidKeyId, createdAt, host]
    this.#sql.run(insert, id, endpointHash, addressHash, closed, tokenHash, ...preferences, editorOf(subscription, by))
    incrementHostCount(this.#sql, host, vapidKeyId)
    return id
  }

  /** Why the authority is not valid any more, as far as this database knows; null: it is. */
  #invalidReason(by: Authority | undefined): Problem | null {
    return by === undefined || !this.#knowsEditors ? null : invalidReason(this.#sql, by)
  }

  /** Adds the host to a row from before hosts were stored. */
  #setHost({ row_id, vapid_key_id }: ExistingRow, host: string): void {
    this.#sql.run(updateHost, host, row_id)
    decrementHostCount(this.#sql, '', vapid_key_id)
    incrementHostCount(this.#sql, host, vapid_key_id)
  }

  #owned(id: string, tokenHash: Uint8Array): Owned | null {
    const [row] = this.#sql.all<Owned>(selectById, id)
    return row !== undefined && sameBytes(row.token_hash, tokenHash) ? row : null
  }

  #updatePreferences(rowId: number, formerId: number, interest: Interest, discreet: boolean): void {
    const interestId = addInterestReader(this.#sql, interest)
    this.#sql.run(updatePreferences, interestId, discreet ? 1 : 0, rowId)
    removeInterestReader(this.#sql, formerId)
  }
}

/** The editor whose key a subscription to test alerts belongs to; null for the public audience. */
function editorOf({ interest }: NewSubscription, by: Authority | undefined): string | null {
  return interest.audience === 'test' ? (by?.editorId ?? null) : null
}
