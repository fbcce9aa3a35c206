import type { Authority } from '../../../auth/editor.ts'
import { interestKey } from '../../../domain/interest.ts'
import { toBase64url } from '../../../domain/parsing/base64url.ts'
import { Problem } from '../../../domain/problem.ts'
import { sameBytes } from '../../../push/crypto/hmac.ts'
import { suffixOf } from '../../../push/subscriptions/push-services.ts'
import type { NewSubscription, Refusal } from '../../../push/subscriptions/subscription.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { authorise } from '../postgres-editors.ts'
import { CountChanges, crowdedHosts, lockInterests } from './reader-counts.ts'

const lockByEndpoint = `select row_id, id, endpoint_hash, address_hash, interest_id from tocsin.subscriptions
  where endpoint_hash = any($1::bytea[]) order by row_id for update`
const insertRows = `insert into tocsin.subscriptions
  (id, endpoint_hash, address_hash, address, token_hash, interest_id, discreet, vapid_key_id, host, editor_id, created_at)
  select * from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bigint[], $7::boolean[],
    $8::text[], $9::text[], $10::text[], $11::timestamptz[])`
const updateRows = `update tocsin.subscriptions s set interest_id = saved.interest_id, discreet = saved.discreet,
    token_hash = saved.token_hash, editor_id = saved.editor_id
  from unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::bytea[], $5::text[])
    as saved (row_id, interest_id, discreet, token_hash, editor_id)
  where s.row_id = saved.row_id`

/** An address to be stored, hashed and encrypted for its row before the transaction, because that takes time. */
export type Save = {
  /** An `import` leaves a known row as it is; a `put` gives it the new interest and token. */
  readonly act: 'put' | 'import'
  readonly subscription: NewSubscription
  readonly createdAt: string
  readonly by: Authority | undefined
  readonly host: string
  readonly endpointHash: Uint8Array
  readonly addressHash: Uint8Array
  readonly closed: Uint8Array
  readonly tokenHash: Uint8Array
}
/** What became of a save; a refusal is a result, because others share its transaction. */
export type SaveResult = { readonly id: string; readonly act: 'made' | 'kept' } | Refusal | Problem

type Deps = { readonly newId: () => string; readonly hosts: readonly string[] }
type Known = {
  readonly row_id: number
  readonly id: string
  readonly endpoint_hash: Uint8Array
  readonly address_hash: Uint8Array
  readonly interest_id: number
}
type Change = { readonly save: Save; readonly known: Known }
type Insert = { readonly save: Save; readonly id: string }

/**
 * Stores addresses in one transaction of a fixed number of statements; resolves with the results in their order. No two may
 * have one endpoint. Rejects with the database's unique_violation when another writer has just inserted one of them: then
 * nothing is stored, and it is to be run again.
 */
export async function saveAll(
  statements: PostgresStatements,
  saves: readonly Save[],
  deps: Deps,
): Promise<readonly SaveResult[]> {
  const invalid = await invalidAuthorities(statements, saves)
  const hashes = saves.map(({ endpointHash }) => endpointHash)
  const rows = await statements.all<Known>(lockByEndpoint, hashes)
  const knownRows = new Map(rows.map((row) => [toBase64url(row.endpoint_hash), row]))
  const changes: Change[] = []
  const fresh: Save[] = []
  const results = new Map<Save, SaveResult>()
  for (const save of saves) {
    const known = knownRows.get(toBase64url(save.endpointHash))
    const refusal = save.by === undefined ? undefined : invalid.get(save.by)
    if (refusal !== undefined) results.set(save, refusal)
    else if (known === undefined) fresh.push(save)
    else if (!sameBytes(known.address_hash, save.addressHash)) results.set(save, 'taken')
    else {
      results.set(save, { id: known.id, act: 'kept' })
      if (save.act === 'put') changes.push({ save, known })
    }
  }
  const crowded = await crowdedHosts(statements, suffixes(fresh, deps.hosts))
  const inserts: Insert[] = []
  for (const save of fresh) {
    const id = deps.newId()
    results.set(save, crowded.has(save.host) ? 'crowded' : { id, act: 'made' })
    if (!crowded.has(save.host)) inserts.push({ save, id })
  }
  await write(statements, inserts, changes)
  // Each save has its result by now.
  return saves.map((save) => results.get(save) as SaveResult)
}

/** A browser's subscription belongs to the VAPID key that it was made with, so that a known row keeps its key id. */
async function write(
  statements: PostgresStatements,
  inserts: readonly Insert[],
  changes: readonly Change[],
): Promise<void> {
  if (inserts.length + changes.length === 0) return
  const interests = [...inserts, ...changes].map(({ save }) => save.subscription.interest)
  const leftIds = changes.map(({ known }) => known.interest_id)
  const ids = await lockInterests(statements, interests, leftIds)
  const idOf = ({ subscription }: Save) => ids.get(interestKey(subscription.interest)) ?? 0
  const counts = new CountChanges()
  for (const { save } of inserts) {
    counts.add(idOf(save), 1)
    counts.addAt(save.host, save.subscription.vapidKeyId, 1)
  }
  for (const { save, known } of changes) {
    counts.add(idOf(save), 1)
    counts.add(known.interest_id, -1)
  }
  if (inserts.length > 0) sendInserts(statements, inserts, idOf)
  if (changes.length > 0)
    statements.send(
      updateRows,
      changes.map(({ known }) => known.row_id),
      changes.map(({ save }) => idOf(save)),
      changes.map(({ save }) => save.subscription.discreet),
      changes.map(({ save }) => save.tokenHash),
      changes.map(({ save }) => editorOf(save)),
    )
  counts.send(statements)
}

function sendInserts(statements: PostgresStatements, inserts: readonly Insert[], idOf: (save: Save) => number): void {
  // In the order of one index, so that two groups with the same new endpoints do not wait for each other in a circle.
  const keyOf = ({ save }: Insert) => toBase64url(save.endpointHash)
  const sorted = inserts.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const column = <Value>(of: (insert: Insert) => Value) => sorted.map(of)
  statements.send(
    insertRows,
    column(({ id }) => id),
    column(({ save }) => save.endpointHash),
    column(({ save }) => save.addressHash),
    column(({ save }) => save.closed),
    column(({ save }) => save.tokenHash),
    column(({ save }) => idOf(save)),
    column(({ save }) => save.subscription.discreet),
    column(({ save }) => save.subscription.vapidKeyId),
    column(({ save }) => save.host),
    column(({ save }) => editorOf(save)),
    column(({ save }) => save.createdAt),
  )
}

/** The authorities that are not valid any more, each looked up once, with the reason. */
async function invalidAuthorities(
  statements: PostgresStatements,
  saves: readonly Save[],
): Promise<ReadonlyMap<Authority, Problem>> {
  const invalid = new Map<Authority, Problem>()
  for (const by of new Set(saves.flatMap((save) => save.by ?? [])))
    try {
      await authorise(statements, by)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      invalid.set(by, error)
    }
  return invalid
}

function suffixes(saves: readonly Save[], hosts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    saves.flatMap(({ host }) => {
      const suffix = suffixOf(host, hosts)
      return suffix === null ? [] : [[host, suffix] as const]
    }),
  )
}

/** The editor whose key a subscription to test alerts belongs to; null for the public audience. */
function editorOf({ subscription: { interest }, by }: Save): string | null {
  return interest.audience === 'test' ? (by?.editorId ?? null) : null
}
