import type { PostgresStatements } from '../postgres/postgres-database.ts'
import { type Column, columnsOf, type SourceRow } from './columns.ts'
import { sendProgress } from './moved-progress.ts'
import { sendScopes } from './moved-scopes.ts'

/** How one table of SQLite becomes one of PostgreSQL. */
export type TableCopy = {
  /** The table in SQLite. */
  readonly source: string
  /** The table in PostgreSQL. */
  readonly target: string
  readonly columns: readonly Column[]
  /** Which rows are moved; absent: all. */
  readonly where?: string
  /** The identity column, whose later values must be higher than all that SQLite has given. */
  readonly identity?: string
  /** How many rows one transaction copies. */
  readonly rowsEach: number
  /** What a row is besides: columns of SQLite that `also` needs. */
  readonly besides?: readonly Column[]
  /** Sends what else follows from the rows, in the same transaction. */
  readonly also?: (statements: PostgresStatements, rows: readonly SourceRow[]) => void
}

/** Leases end with the move: what was leased by a process that has died is due at once. */
const notBefore = 'case when batch_id is null then not_before_ms else 0 end'
/** Older versions stored the idempotency key without its editor. */
const ownKey = `case when instr(key, ' ') > 0 then key else editor_id || ' ' || key end`

/** What a table has of a row of `push_entries`, as JSON. */
const ofEntry = (aggregate: string, table: string) =>
  ['json', `(select ${aggregate} from ${table} t where t.seq = push_entries.seq)`] as const

/** What both tables of WebSub have. */
const subscriberColumns = columnsOf({
  ...{ key: 'text', host: 'text', topic: 'text', callback: 'bytes', secret: 'bytes', seq: 'integer', hash: 'text' },
  ...{ attempts: 'integer', not_before_ms: 'integer' },
  lease_until_ms: ['integer', '0'],
})

/** Every table that is moved, in the order in which they are. */
export const tableCopies: readonly TableCopy[] = [
  {
    ...{ source: 'editors', target: 'editors', rowsEach: 1_000 },
    columns: columnsOf({
      id: 'text',
      name: 'text',
      role: 'text',
      key_hash: 'text',
      created_at: 'time',
      revoked_at: 'time',
      levels: 'list',
      used_on: 'text',
      expires_at: 'time',
    }),
  },
  {
    ...{ source: 'keyed_requests', target: 'keyed_requests', rowsEach: 1_000 },
    columns: columnsOf({ key: 'text', intention: 'text', made_id: 'text', at: 'time' }),
  },
  {
    ...{ source: 'sessions', target: 'sessions', rowsEach: 1_000 },
    where: 'editor_id in (select id from editors)',
    columns: columnsOf({
      token_hash: 'text',
      editor_id: 'text',
      until: 'time',
      origin: 'text',
      session_id: 'text',
      opened_at: 'time',
      ends_at: 'time',
      issued_at: 'time',
      replaced_at: 'time',
      used_on: 'text',
    }),
  },
  {
    ...{ source: 'pauses', target: 'pauses', identity: 'id', rowsEach: 1_000 },
    columns: columnsOf({
      id: 'integer',
      state: 'text',
      languages: 'list',
      topics: 'list',
      reason: 'text',
      editor_id: 'text',
      editor_name: 'text',
      at: 'time',
    }),
  },
  {
    ...{ source: 'audit', target: 'audit', identity: 'id', rowsEach: 1_000 },
    columns: columnsOf({
      id: 'integer',
      at: 'time',
      editor_id: 'text',
      editor_name: 'text',
      act: 'text',
      item_id: 'text',
      alert_id: 'text',
      detail: 'json',
    }),
  },
  {
    ...{ source: 'entries', target: 'entries', rowsEach: 200 },
    columns: columnsOf({
      seq: 'integer',
      at: 'time',
      kind: 'text',
      alert_id: 'text',
      alert: 'json',
      key: ['text', ownKey],
      intention: 'text',
      editor_id: 'text',
      proofs: 'json',
    }),
    besides: columnsOf({ superseded: ['boolean', '(select seq from alerts where id = alert_id) <> seq'] }),
    also: sendScopes,
  },
  {
    ...{ source: 'signed', target: 'signed', rowsEach: 1 },
    columns: columnsOf({ one: 'boolean', epoch: 'text', seq: 'integer', chains: 'json' }),
  },
  {
    ...{ source: 'items', target: 'items', rowsEach: 500 },
    columns: columnsOf({ id: 'text', state: 'text', changed_at: 'text', release_at: 'time', item: 'json' }),
  },
  {
    ...{ source: 'item_keys', target: 'item_keys', rowsEach: 500 },
    columns: columnsOf({ key: 'text', intention: 'text', item: 'json', seq: 'integer', at: 'time' }),
  },
  {
    ...{ source: 'webhooks', target: 'webhooks', rowsEach: 100 },
    columns: columnsOf({
      id: 'text',
      name: 'text',
      events: 'list',
      audience: 'text',
      state: 'text',
      address: 'bytes',
      secret: 'bytes',
      former_secret: 'bytes',
      former_until: 'time',
      created_at: 'time',
      editor_id: 'text',
      editor_name: 'text',
      last_at: 'time',
      last_outcome: 'text',
      last_detail: 'text',
    }),
  },
  {
    ...{ source: 'webhook_messages', target: 'webhook_messages', identity: 'n', rowsEach: 1_000 },
    columns: columnsOf({
      n: 'integer',
      id: 'text',
      webhook_id: 'text',
      event: 'text',
      subject: 'json',
      at: 'time',
      state: 'text',
      attempts: 'integer',
      not_before: ['milliseconds', 'not_before_ms'],
      detail: 'text',
      died_at: 'time',
    }),
  },
  {
    ...{ source: 'websub_subscriptions', target: 'websub_subscriptions', rowsEach: 1_000 },
    columns: [...subscriberColumns, ...columnsOf({ expires_ms: 'integer' })],
  },
  {
    ...{ source: 'websub_requests', target: 'websub_requests', rowsEach: 1_000 },
    columns: [...subscriberColumns, ...columnsOf({ mode: 'text', lease_seconds: 'integer' })],
  },
  {
    ...{ source: 'editor_browsers', target: 'editor_browsers', identity: 'row_id', rowsEach: 1_000 },
    columns: columnsOf({
      row_id: 'integer',
      id: 'text',
      editor_id: 'text',
      session_id: 'text',
      endpoint_hash: 'bytes',
      address: 'bytes',
      vapid_key_id: 'text',
      language: 'text',
      created_at: 'time',
    }),
  },
  {
    ...{ source: 'interests', target: 'interests', identity: 'interest_id', rowsEach: 5_000 },
    columns: columnsOf({ interest_id: 'integer', interest_key: 'text', interest: 'text', readers: 'integer' }),
  },
  {
    ...{ source: 'subscriptions', target: 'subscriptions', identity: 'row_id', rowsEach: 10_000 },
    columns: columnsOf({
      row_id: 'integer',
      id: 'uuid',
      endpoint_hash: 'bytes',
      address_hash: 'bytes',
      address: 'bytes',
      token_hash: 'bytes',
      interest_id: 'integer',
      discreet: 'boolean',
      vapid_key_id: 'text',
      host: 'text',
      editor_id: 'text',
      created_at: 'time',
    }),
  },
  {
    ...{ source: 'push_places', target: 'push_hosts', rowsEach: 1_000 },
    columns: columnsOf({ host: 'text', vapid_key_id: 'text', subscriptions: 'integer' }),
  },
  {
    ...{ source: 'push_canary', target: 'push_canary', rowsEach: 1 },
    columns: columnsOf({ only_row: 'integer', closed: 'bytes' }),
  },
  {
    ...{ source: 'push_log', target: 'push_log', rowsEach: 1 },
    columns: columnsOf({ only_row: 'integer', epoch: 'text', opened: 'integer' }),
  },
  {
    ...{ source: 'push_entries', target: 'push_entries', identity: 'entry_id', rowsEach: 500 },
    columns: columnsOf({
      entry_id: ['integer', 'seq'],
      seq: 'integer',
      alert_id: 'text',
      rank: 'integer',
      entry: 'text',
      state: 'text',
      at: ['milliseconds', 'at_ms'],
      expires_at: ['milliseconds', 'expires_ms'],
      due: 'integer',
      alarmed: 'boolean',
      due_in: ofEntry('json_group_object(language, due) filter (where due > 0)', 'push_languages'),
      failure_reported: ['boolean', 'failed_told'],
      started_at: ['milliseconds', 'started_ms'],
      finished_at: ['milliseconds', 'finished_ms'],
    }),
    besides: columnsOf({
      position: 'integer',
      target: 'integer',
      accepted: 'integer',
      gone: 'integer',
      failed: 'integer',
      times: ofEntry('json_group_array(json_array(bucket, count))', 'push_times'),
      services: ofEntry('json_group_array(json_array(host, tried, gone, failed, told, waiting))', 'push_services'),
      languages: ofEntry('json_group_array(json_array(language, accepted, gone, failed))', 'push_languages'),
    }),
    also: sendProgress,
  },
  {
    ...{ source: 'push_slices', target: 'push_slices', rowsEach: 1_000 },
    columns: columnsOf({
      entry_id: ['integer', 'seq'],
      low: 'integer',
      high: 'integer',
      owner: ['text', "'moved'"],
      token: ['uuid', "'00000000-0000-0000-0000-000000000000'"],
      lease_until: ['milliseconds', '0'],
    }),
  },
  {
    ...{ source: 'push_retries', target: 'push_retries', rowsEach: 2_000 },
    columns: columnsOf({
      entry_id: ['integer', 'seq'],
      row_id: 'integer',
      not_before: ['milliseconds', notBefore],
      attempts: 'integer',
      looked_gone: 'boolean',
      sealed: 'bytes',
    }),
  },
  {
    ...{ source: 'push_gone', target: 'push_gone', rowsEach: 10_000 },
    columns: columnsOf({ entry_id: ['integer', 'seq'], row_id: 'integer' }),
  },
  {
    ...{ source: 'push_stops', target: 'push_stops', rowsEach: 5_000 },
    columns: columnsOf({ alert_id: 'text', through: 'integer' }),
  },
]
