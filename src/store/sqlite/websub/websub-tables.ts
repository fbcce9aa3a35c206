import type { Schema } from '../../sql.ts'

/** Subscriptions to feeds (W3C WebSub), and what is asked of the hub and not verified yet. */
export const websubSchema: Schema = {
  store: 'websub',
  steps: [
    `create table websub_subscriptions (
       key text primary key,
       host text not null,
       topic text not null,
       callback blob not null,
       secret blob,
       expires_ms integer not null,
       seq integer not null,
       hash text not null,
       attempts integer not null,
       not_before_ms integer not null,
       lease text,
       lease_until_ms integer not null
     ) strict;
     create index websub_subscriptions_by_host on websub_subscriptions (host);
     create index websub_subscriptions_by_seq on websub_subscriptions (seq);
     create table websub_requests (
       key text primary key,
       host text not null,
       topic text not null,
       callback blob not null,
       secret blob,
       mode text not null check (mode in ('subscribe', 'unsubscribe')),
       lease_seconds integer not null,
       seq integer not null,
       hash text not null,
       attempts integer not null,
       not_before_ms integer not null,
       lease text,
       lease_until_ms integer not null
     ) strict;
     create index websub_requests_by_host on websub_requests (host)`,
  ],
}
