import type { Interest } from '../../../domain/interest.ts'
import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import type { Subscription } from '../../../push/subscriptions/subscription.ts'
import type { Schema } from '../../sql.ts'

/**
 * Each distinct interest is stored once, with the number of its subscriptions: matching an alert costs one comparison an
 * interest, not one a reader. Ids of interests become visible in their order, because a lock is held from drawing an id to
 * the commit. Row ids do not: a row that was not yet committed when an entry was opened is owed nothing.
 *
 * No foreign key leads from subscriptions to interests: checking it would lock the interest's row in every transaction. A
 * writer of subscriptions locks that row anyway, to count.
 */
export const postgresSubscriptionSchema: Schema = {
  store: 'subscriptions',
  steps: [
    `create table tocsin.interests (
       interest_id bigint generated always as identity primary key,
       interest_key text collate "C" not null unique,
       interest text not null,
       readers bigint not null
     ) with (fillfactor = 50);
     create table tocsin.subscriptions (
       row_id bigint generated always as identity primary key,
       id uuid not null unique,
       endpoint_hash bytea not null unique,
       address_hash bytea not null,
       address bytea not null,
       token_hash bytea not null,
       interest_id bigint not null,
       discreet boolean not null,
       vapid_key_id text not null,
       host text not null,
       editor_id text,
       created_at timestamptz not null
     );
     create index subscriptions_by_interest on tocsin.subscriptions (interest_id, row_id);
     create index subscriptions_by_editor on tocsin.subscriptions (editor_id) where editor_id is not null;
     create table tocsin.push_hosts (
       host text collate "C" not null,
       vapid_key_id text collate "C" not null,
       subscriptions bigint not null,
       primary key (host, vapid_key_id)
     ) with (fillfactor = 50);
     create table tocsin.push_canary (only_row smallint primary key check (only_row = 1), closed bytea not null)`,
  ],
}

/** A subscription's row, with its interest as JSON. */
export type SubscriptionRow = {
  readonly row_id: number
  readonly id: string
  readonly endpoint_hash: Uint8Array
  readonly address: Uint8Array
  readonly interest_id: number
  readonly interest: string
  readonly discreet: boolean
  readonly vapid_key_id: string
  readonly created_at: string
}

/** The columns of a `SubscriptionRow`, for a statement that joins subscriptions (s) with interests (i). */
export const subscriptionColumns =
  's.row_id, s.id, s.endpoint_hash, s.address, s.interest_id, i.interest, s.discreet, s.vapid_key_id, s.created_at'

/** Decrypts a row's address. Rejects with an Error when it was encrypted with another secret. */
export async function subscriptionOfRow(
  row: SubscriptionRow,
  addressEncryption: Pick<AddressEncryption, 'decrypt'>,
): Promise<Subscription> {
  const address = await addressEncryption.decrypt(row.address, row.endpoint_hash)
  return {
    ...address,
    id: row.id,
    interest: JSON.parse(row.interest) as Interest,
    discreet: row.discreet,
    vapidKeyId: row.vapid_key_id,
    createdAt: row.created_at,
  }
}
