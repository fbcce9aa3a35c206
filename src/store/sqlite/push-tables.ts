import type { Alert } from '../../domain/alert-types.ts'
import type { Interest } from '../../domain/interest.ts'
import { interestKey } from '../../domain/interest.ts'
import type { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { hostsPerSuffixMax } from '../../push/subscriptions/push-services.ts'
import type { PushAddress, Subscription } from '../../push/subscriptions/subscription.ts'
import type { Schema, Sql } from '../sql.ts'

/**
 * Each distinct interest is stored once, with the number of its subscriptions: matching an alert costs one comparison an
 * interest, not one a reader. Row ids only grow, so that a range of ids later holds the same readers, less those who left.
 */
export const subscriptionSchema: Schema = {
  store: 'subscriptions',
  steps: [
    `create table interests (
       interest_id integer primary key autoincrement,
       interest_key text not null unique,
       interest text not null,
       readers integer not null
     ) strict;
     create table subscriptions (
       row_id integer primary key autoincrement,
       id text not null unique,
       endpoint_hash blob not null unique,
       address_hash blob not null,
       address blob not null,
       token_hash blob not null,
       interest_id integer not null references interests (interest_id),
       discreet integer not null,
       vapid_key_id text not null,
       created_at text not null
     ) strict;
     create index subscriptions_by_interest on subscriptions (interest_id)`,
    // The host identifies the push service, not the reader. It is counted so that an operator sees each service.
    `alter table subscriptions add column host text not null default '';
     create table push_places (
       host text not null,
       vapid_key_id text not null,
       subscriptions integer not null,
       primary key (host, vapid_key_id)
     ) strict;
     insert into push_places (host, vapid_key_id, subscriptions)
       select '', vapid_key_id, count(*) from subscriptions group by vapid_key_id`,
    // An encrypted row by which a start proves that its secret is the one that the addresses were encrypted with.
    'create table push_canary (only_row integer primary key check (only_row = 1), closed blob not null) strict',
    // Subscriptions to test alerts belong to an editor's key. Older rows have no editor: their pages subscribe again.
    `alter table subscriptions add column editor_id text;
     create index subscriptions_by_editor on subscriptions (editor_id) where editor_id is not null;
     update push_places set subscriptions = subscriptions - (
       select count(*) from subscriptions join interests on interests.interest_id = subscriptions.interest_id
         where interests.interest_key like 'test|%' and subscriptions.host = push_places.host
           and subscriptions.vapid_key_id = push_places.vapid_key_id);
     delete from push_places where subscriptions = 0;
     delete from subscriptions where interest_id in (select interest_id from interests where interest_key like 'test|%');
     delete from interests where interest_key like 'test|%'`,
  ],
}

/** A subscription's row, without its interest. */
export type SubscriptionRow = {
  readonly row_id: number
  readonly id: string
  readonly endpoint_hash: Uint8Array
  readonly address: Uint8Array
  readonly interest_id: number
  readonly discreet: number
  readonly vapid_key_id: string
  readonly created_at: string
}

/** A subscription's row with its interest as JSON. */
export type SubscriptionInterestRow = SubscriptionRow & { readonly interest: string }

/** The columns of a `SubscriptionRow`, for a statement that names the subscriptions `s`. */
export const subscriptionColumns =
  's.row_id, s.id, s.endpoint_hash, s.address, s.interest_id, s.discreet, s.vapid_key_id, s.created_at'

/** The columns of a `SubscriptionInterestRow`, for a statement that joins subscriptions (s) with interests (i). */
export const subscriptionInterestColumns = `${subscriptionColumns}, i.interest`

/** Decrypts a row's address. Rejects when it was encrypted with another secret. `interest`: that of its id. */
export async function subscriptionOf(
  row: SubscriptionRow,
  interest: Interest,
  addressEncryption: Pick<AddressEncryption, 'decrypt'>,
): Promise<Subscription> {
  return subscriptionAt(row, interest, await addressEncryption.decrypt(row.address, row.endpoint_hash))
}

/** The subscription of a row whose address is decrypted. */
export function subscriptionAt(
  row: SubscriptionRow,
  interest: Interest,
  { endpoint, p256dh, auth }: PushAddress,
): Subscription {
  return {
    endpoint,
    p256dh,
    auth,
    id: row.id,
    interest,
    discreet: row.discreet === 1,
    vapidKeyId: row.vapid_key_id,
    createdAt: row.created_at,
  }
}

const selectInterest = 'select interest_id from interests where interest_key = ?'
const insertInterest = 'insert into interests (interest_key, interest, readers) values (?, ?, 0) returning interest_id'
const addReader = 'update interests set readers = readers + 1 where interest_id = ?'
const subtractReader = 'update interests set readers = readers - 1 where interest_id = ?'
const deleteUnusedInterest = 'delete from interests where interest_id = ? and readers = 0'

/** Counts one more subscription of an interest; returns the interest's id. Only inside a transaction. */
export function addInterestReader(sql: Sql, interest: Interest): number {
  const key = interestKey(interest)
  type Found = { interest_id: number }
  const [row] = sql.all<Found>(selectInterest, key)
  const id = row?.interest_id ?? sql.all<Found>(insertInterest, key, JSON.stringify(interest))[0]?.interest_id
  if (id === undefined) throw new Error('an interest was neither found nor made')
  sql.run(addReader, id)
  return id
}

/** Counts one subscription less; an interest without any is deleted. Only inside a transaction, after the row was changed. */
export function removeInterestReader(sql: Sql, interestId: number): void {
  sql.run(subtractReader, interestId)
  sql.run(deleteUnusedInterest, interestId)
}

const selectHost = 'select 1 as found from push_places where host = ? limit 1'
const countHostsBelow = `select count(distinct host) as hosts from push_places
  where length(host) > length(?) and substr(host, -length(?)) = ?`

/** Whether a host below an allowed suffix is accepted: it is known already, or there are few others of that suffix. */
export function acceptsHost(sql: Sql, host: string, suffix: string): boolean {
  if (sql.all(selectHost, host).length > 0) return true
  const [found] = sql.all<{ hosts: number }>(countHostsBelow, suffix, suffix, suffix)
  return (found?.hosts ?? 0) < hostsPerSuffixMax
}

const addToHostCount = `insert into push_places (host, vapid_key_id, subscriptions) values (?, ?, 1)
  on conflict (host, vapid_key_id) do update set subscriptions = subscriptions + 1`
const subtractFromHostCount =
  'update push_places set subscriptions = subscriptions - 1 where host = ? and vapid_key_id = ?'
const deleteEmptyHostCount = 'delete from push_places where host = ? and vapid_key_id = ? and subscriptions = 0'

/** Counts one more subscription at a push service under a VAPID key. Only inside a transaction. */
export function incrementHostCount(sql: Sql, host: string, vapidKeyId: string): void {
  sql.run(addToHostCount, host, vapidKeyId)
}

/** Counts one less. Only inside a transaction. */
export function decrementHostCount(sql: Sql, host: string, vapidKeyId: string): void {
  sql.run(subtractFromHostCount, host, vapidKeyId)
  sql.run(deleteEmptyHostCount, host, vapidKeyId)
}

const selectHostAndKey = 'select host, vapid_key_id from subscriptions where row_id = ?'
const updateKey = 'update subscriptions set vapid_key_id = ? where row_id = ?'

/** Corrects the VAPID key that a subscription was made with. Only inside a transaction. */
export function updateVapidKey(sql: Sql, rowId: number, vapidKeyId: string): void {
  for (const { host, vapid_key_id } of sql.all<{ host: string; vapid_key_id: string }>(selectHostAndKey, rowId)) {
    sql.run(updateKey, vapidKeyId, rowId)
    decrementHostCount(sql, host, vapid_key_id)
    incrementHostCount(sql, host, vapidKeyId)
  }
}

const deleteRow = 'delete from subscriptions where row_id = ? returning interest_id, host, vapid_key_id'

/** Deletes a subscription and its pending retries. Only inside a transaction. */
export function deleteSubscription(sql: Sql, rowId: number): void {
  type Deleted = { interest_id: number; host: string; vapid_key_id: string }
  for (const { interest_id, host, vapid_key_id } of sql.all<Deleted>(deleteRow, rowId)) {
    removeInterestReader(sql, interest_id)
    decrementHostCount(sql, host, vapid_key_id)
  }
}

const selectOfEditor = 'select row_id from subscriptions where editor_id = ?'
const selectOfOthers = `select row_id from subscriptions
  where editor_id is not null and editor_id not in (select value from json_each(?))`
const selectAnyOfEditors = 'select 1 as found from subscriptions where editor_id is not null limit 1'

/** Deletes an editor's subscriptions to test alerts. Only inside a transaction. */
export function deleteTestSubscriptionsOf(sql: Sql, editorId: string): void {
  for (const { row_id } of sql.all<{ row_id: number }>(selectOfEditor, editorId)) deleteSubscription(sql, row_id)
}

/** Deletes the subscriptions to test alerts of everyone but these editors. Only inside a transaction. */
export function deleteTestSubscriptionsExcept(sql: Sql, editorIds: readonly string[]): void {
  const rows = sql.all<{ row_id: number }>(selectOfOthers, JSON.stringify(editorIds))
  for (const { row_id } of rows) deleteSubscription(sql, row_id)
}

/** Whether there is any subscription to test alerts. */
export function hasTestSubscriptions(sql: Sql): boolean {
  return sql.all(selectAnyOfEditors).length > 0
}

const selectEnded = `select s.row_id from subscriptions s join editors e on e.id = s.editor_id
  where s.row_id in (select value from json_each(?)) and (e.revoked_at is not null or e.expires_at <= ?)`

/**
 * Those of some rows that are sent an alert of an audience: a test alert not to whose key has ended by now (Unix milliseconds),
 * also before what it leaves is deleted.
 */
export function withoutEnded<Row extends { readonly row_id: number }>(
  sql: Sql,
  rows: readonly Row[],
  audience: Alert['audience'],
  now: number,
): readonly Row[] {
  if (audience !== 'test') return rows
  const at = new Date(now).toISOString()
  const ids = JSON.stringify(rows.map(({ row_id }) => row_id))
  const ended = new Set(sql.all<{ row_id: number }>(selectEnded, ids, at).map(({ row_id }) => row_id))
  return rows.filter(({ row_id }) => !ended.has(row_id))
}
