import type { Schema } from '../../sql.ts'

/** Subscriptions to feeds (W3C WebSub), and what is asked of the hub and not verified yet. Times in Unix milliseconds. */
export const postgresWebsubSchema: Schema = {
  store: 'websub',
  steps: [
    `create table tocsin.websub_subscriptions (
       key text collate "C" primary key,
       host text collate "C" not null,
       topic text not null,
       callback bytea not null,
       secret bytea,
       expires_ms bigint not null,
       seq bigint not null,
       hash text collate "C" not null,
       attempts integer not null,
       not_before_ms bigint not null,
       lease text collate "C",
       lease_until_ms bigint not null
     );
     create index websub_subscriptions_by_host on tocsin.websub_subscriptions (host);
     create index websub_subscriptions_by_seq on tocsin.websub_subscriptions (seq);
     create table tocsin.websub_requests (
       key text collate "C" primary key,
       host text collate "C" not null,
       topic text not null,
       callback bytea not null,
       secret bytea,
       mode text not null check (mode in ('subscribe', 'unsubscribe')),
       lease_seconds integer not null,
       seq bigint not null,
       hash text collate "C" not null,
       attempts integer not null,
       not_before_ms bigint not null,
       lease text collate "C",
       lease_until_ms bigint not null
     );
     create index websub_requests_by_host on tocsin.websub_requests (host)`,
  ],
}
