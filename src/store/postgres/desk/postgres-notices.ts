import type { Authority } from '../../../auth/editor.ts'
import {
  browserLine,
  type EditorBrowser,
  type EditorBrowserStore,
  endpointTaken,
  type LeasedNotice,
  type NoticeOutbox,
  type NoticeOutcome,
} from '../../../push/editors/editor-browser-store.ts'
import type { NoticeKind } from '../../../push/editors/notice.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { authorise } from '../postgres-editors.ts'
import { sendAct } from './postgres-audit-table.ts'
import { sendEndOfBrowsers } from './postgres-notice-tables.ts'

type Claim = Parameters<NoticeOutbox['claim']>[0]
type KnownRow = { readonly id: string; readonly editor_id: string; readonly address: Uint8Array }
type DueRow = {
  readonly n: number
  readonly kind: NoticeKind
  readonly item_id: string | null
  readonly attempts: number
  readonly looked_gone: boolean
  readonly id: string
  readonly endpoint_hash: Uint8Array
  readonly address: Uint8Array
  readonly vapid_key_id: string
  readonly language: string
  readonly created_at: string
}

/** The present time; the first value is null, or the time of a test. */
const now = 'coalesce($1::timestamptz, clock_timestamp())'
/** Its sign-out waits until this transaction has ended, and then ends what was turned on in it. */
const selectSession = `select coalesce(session_id, token_hash) as id from tocsin.sessions where token_hash = $1 for share`
const selectKnown = 'select id, editor_id, address from tocsin.editor_browsers where endpoint_hash = $1'
/** Of an editor who has turned it on there meanwhile nothing is changed, and no row is returned. */
const upsertBrowser = `insert into tocsin.editor_browsers
  (id, editor_id, session_id, endpoint_hash, address, vapid_key_id, language, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (endpoint_hash) do update set session_id = excluded.session_id, address = excluded.address,
  vapid_key_id = excluded.vapid_key_id, language = excluded.language
  where editor_browsers.editor_id = excluded.editor_id
  returning id, xmax = 0 as inserted`
const deleteTaken = 'delete from tocsin.editor_browsers where id = $1 and address = $2'
const deleteBeyond = `delete from tocsin.editor_browsers where id in
  (select id from tocsin.editor_browsers where editor_id = $1 order by row_id desc offset $2)`
const selectOwn = 'select id, created_at from tocsin.editor_browsers where editor_id = $1 order by row_id'
const deleteOwn = 'delete from tocsin.editor_browsers where id = $1 and editor_id = $2'
const selectNext = `select extract(epoch from min(greatest(not_before, lease_until)) - ${now})::float8 * 1000 as next
  from tocsin.editor_notices`
const deleteOld = `delete from tocsin.editor_notices where at < ${now} - make_interval(secs => $2)
  or not exists (select 1 from tocsin.editor_browsers where editor_browsers.id = browser_id)`
/** A row that another node has leased meanwhile is passed over. */
const claimDue = `with due as (
    select n from tocsin.editor_notices
    where not_before <= ${now} and coalesce(lease_until, to_timestamp(0)) <= ${now}
    order by n limit $2 for update skip locked)
  update tocsin.editor_notices leased set lease = $3, lease_until = ${now} + make_interval(secs => $4)
  from due, tocsin.editor_browsers b where leased.n = due.n and b.id = leased.browser_id
  returning leased.n, leased.kind, leased.item_id, leased.attempts, leased.looked_gone, b.id, b.endpoint_hash, b.address,
    b.vapid_key_id, b.language, b.created_at`
const selectLeased = 'select 1 from tocsin.editor_notices where n = $1 and lease = $2 for update'
const deleteNotice = 'delete from tocsin.editor_notices where n = $1'
const retryNotice = `update tocsin.editor_notices set attempts = attempts + $3, looked_gone = $4,
  not_before = ${now} + make_interval(secs => $5), lease = null, lease_until = null where n = $2`

/** `clock`: whose time counts; tests give times with their calls. */
type Options = { readonly clock?: 'database' | 'request' }

/** The browsers of editors and the notices to them in PostgreSQL, sent by any node. */
export class PostgresNotices implements EditorBrowserStore, NoticeOutbox {
  readonly #database: PostgresDatabase
  readonly #clock: 'database' | 'request'

  constructor(database: PostgresDatabase, { clock = 'database' }: Options = {}) {
    this.#database = database
    this.#clock = clock
  }

  async addressOf(endpointHash: Uint8Array): Promise<Uint8Array | null> {
    return (await this.#database.all<KnownRow>(selectKnown, endpointHash))[0]?.address ?? null
  }

  async put(
    browser: EditorBrowser,
    by: Authority,
    most: number,
    same: Uint8Array | null = null,
  ): Promise<{ id: string; made: boolean }> {
    const { id, endpointHash, address, vapidKeyId, language, createdAt } = browser
    const put = async (statements: PostgresStatements) => {
      const editor = await authorise(statements, by)
      const { credential } = by
      const [session] =
        credential.by === 'key' ? [] : await statements.all<{ id: string }>(selectSession, credential.hash)
      const kept = [endpointHash, address, vapidKeyId, language, createdAt] as const
      const values = [id, editor.id, session?.id ?? null, ...kept] as const
      const [known] = await statements.all<KnownRow>(selectKnown, endpointHash)
      if (known !== undefined && known.editor_id !== editor.id && same !== null)
        await statements.run(deleteTaken, known.id, same)
      const [stored] = await statements.all<{ id: string; inserted: boolean }>(upsertBrowser, ...values)
      if (stored === undefined) throw endpointTaken()
      await statements.run(deleteBeyond, editor.id, most)
      // Repeated after an answer that was lost, it adds nothing, and no line either.
      if (stored.inserted) sendAct(statements, browserLine('notifications-on', createdAt, editor, id))
      return { id: stored.id, made: stored.id === id }
    }
    return this.#database.transaction(put, { isIdempotent: true })
  }

  async list(by: Authority): Promise<readonly Pick<EditorBrowser, 'id' | 'createdAt'>[]> {
    const rows = await this.#database.transaction(async (statements) =>
      statements.all<{ id: string; created_at: string }>(selectOwn, (await authorise(statements, by)).id),
    )
    return rows.map(({ id, created_at: createdAt }) => ({ id, createdAt }))
  }

  async remove(id: string, by: Authority): Promise<boolean> {
    // The database's text has no NUL, so that no browser has one in its id.
    if (id.includes('\0')) return false
    return this.#database.transaction(async (statements) => {
      const editor = await authorise(statements, by)
      if ((await statements.run(deleteOwn, id, editor.id)) === 0) return false
      sendAct(statements, browserLine('notifications-off', by.at, editor, id))
      return true
    })
  }

  async claim({ lease, most, leaseMs, keptMs, now: ms }: Claim) {
    const time = this.#time(ms)
    const waitMs = await this.#nextMs(time)
    if (waitMs === null || waitMs > 0) return { notices: [], nextMs: waitMs }
    const rows = await this.#database.transaction(async (statements) => {
      await statements.run(deleteOld, time, keptMs / 1_000)
      return statements.all<DueRow>(claimDue, time, most, lease, leaseMs / 1_000)
    })
    return { notices: rows.map((row) => noticeIn(row, lease)), nextMs: await this.#nextMs(time) }
  }

  async #nextMs(time: string | null): Promise<number | null> {
    const next = (await this.#database.all<{ next: number | null }>(selectNext, time))[0]?.next ?? null
    return next === null ? null : Math.max(0, Math.ceil(next))
  }

  async settle(
    { n, id, lease }: Pick<LeasedNotice, 'n' | 'id' | 'lease'>,
    outcome: NoticeOutcome,
    ms: number,
  ): Promise<void> {
    const settle = async (statements: PostgresStatements) => {
      if ((await statements.all(selectLeased, n, lease)).length === 0) return
      if (outcome.kind === 'again') {
        const { isCounted, lookedGone, afterMs } = outcome
        await statements.run(retryNotice, this.#time(ms), n, isCounted ? 1 : 0, lookedGone, afterMs / 1_000)
        return
      }
      await statements.run(deleteNotice, n)
      if (outcome.kind === 'gone') sendEndOfBrowsers(statements, 'id', id)
    }
    // A second time its lease is not there any more.
    await this.#database.transaction(settle, { isIdempotent: true })
  }

  #time(ms: number): string | null {
    return this.#clock === 'request' ? new Date(ms).toISOString() : null
  }
}

function noticeIn(row: DueRow, lease: string): LeasedNotice {
  const { n, kind, item_id: itemId, attempts, looked_gone: lookedGone, id, language } = row
  return {
    ...{ n, kind, itemId, attempts, lookedGone, lease, id, language },
    ...{ endpointHash: row.endpoint_hash, address: row.address, vapidKeyId: row.vapid_key_id },
    createdAt: row.created_at,
  }
}
