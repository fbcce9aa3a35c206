import type { WebhookEvent } from '../../../desk/webhooks/webhook-event.ts'
import type { Schema } from '../../sql.ts'
import type { PostgresStatements } from '../postgres-database.ts'

/**
 * Webhooks, and the messages that wait for them. No foreign key between them: an alert that is published while a webhook is
 * deleted must not fail.
 */
export const postgresWebhookSchema: Schema = {
  store: 'webhooks',
  steps: [
    `create table tocsin.webhooks (
       id text collate "C" primary key,
       name text not null,
       events text[] not null,
       audience text not null,
       state text not null,
       address bytea not null,
       secret bytea not null,
       former_secret bytea,
       former_until timestamptz,
       created_at timestamptz not null,
       editor_id text collate "C" not null,
       editor_name text not null,
       last_at timestamptz,
       last_outcome text,
       last_detail text
     );
     create table tocsin.webhook_messages (
       n bigint generated always as identity primary key,
       id text collate "C" not null unique,
       webhook_id text collate "C" not null,
       event text not null,
       subject json not null,
       at timestamptz not null,
       state text not null check (state in ('waiting', 'dead')),
       attempts integer not null,
       not_before timestamptz not null,
       lease text collate "C",
       lease_until timestamptz,
       detail text,
       died_at timestamptz
     );
     create index webhook_messages_due on tocsin.webhook_messages (state, webhook_id, not_before);
     create table tocsin.webhook_alarms (name text collate "C" primary key, seen_at timestamptz not null)`,
  ],
}

const insertMessages = `insert into tocsin.webhook_messages (id, webhook_id, event, subject, at, state, attempts, not_before)
  select 'msg_' || replace(gen_random_uuid()::text, '-', ''), id, $1, $2, $3, 'waiting', 0, to_timestamp(0)
  from tocsin.webhooks where state <> 'ended' and $1 = any(events)
    and ($4::text is null or audience = 'all' or audience = $4::text)`

/**
 * Makes the messages of an event, one for each webhook that wants it, in the transaction of what it tells of. Sent with what
 * is behind it, so that it costs no round trip.
 */
export function sendEvent(
  statements: Pick<PostgresStatements, 'send'>,
  { event, at, audience, subject }: WebhookEvent,
): void {
  statements.send(insertMessages, event, JSON.stringify(subject), at, audience)
}
