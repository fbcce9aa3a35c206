import type { WebhookEvent } from '../../../desk/webhooks/webhook-event.ts'
import type { Schema, Sql } from '../../sql.ts'

/** Webhooks, and the messages that wait for them. */
export const webhookSchema: Schema = {
  store: 'webhooks',
  steps: [
    `create table webhooks (
       id text primary key,
       name text not null,
       events text not null,
       audience text not null,
       state text not null,
       address blob not null,
       secret blob not null,
       former_secret blob,
       former_until text,
       created_at text not null,
       editor_id text not null,
       editor_name text not null,
       last_at text,
       last_outcome text,
       last_detail text
     ) strict;
     create table webhook_messages (
       n integer primary key,
       id text not null unique,
       webhook_id text not null,
       event text not null,
       subject text not null,
       at text not null,
       state text not null check (state in ('waiting', 'dead')),
       attempts integer not null,
       not_before_ms integer not null,
       lease text,
       lease_until_ms integer not null,
       detail text,
       died_at text
     ) strict;
     create index webhook_messages_due on webhook_messages (state, webhook_id, not_before_ms);
     create table webhook_alarms (name text primary key, seen_ms integer not null) strict`,
  ],
}

const insertMessages = `insert into webhook_messages
    (id, webhook_id, event, subject, at, state, attempts, not_before_ms, lease_until_ms)
  select 'msg_' || lower(hex(randomblob(16))), id, ?1, ?2, ?3, 'waiting', 0, 0, 0 from webhooks
  where state <> 'ended' and (?4 is null or audience = 'all' or audience = ?4)
    and exists (select 1 from json_each(webhooks.events) where value = ?1)`

/**
 * Makes the messages of an event, one for each webhook that wants it. To be called inside the transaction of what it tells
 * of, in a database that has `webhookSchema`.
 */
export function noteEvent(sql: Pick<Sql, 'run'>, { event, at, audience, subject }: WebhookEvent): void {
  sql.run(insertMessages, event, JSON.stringify(subject), at, audience)
}
