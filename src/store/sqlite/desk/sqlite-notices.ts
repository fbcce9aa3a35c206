import type { Authority } from '../../../auth/editor.ts'
import {
  browserLine,
  type EditorBrowser,
  type EditorBrowserStore,
  endpointTaken,
  isSameBytes,
  type LeasedNotice,
  type NoticeOutbox,
  type NoticeOutcome,
} from '../../../push/editors/editor-browser-store.ts'
import type { NoticeKind } from '../../../push/editors/notice.ts'
import { migrate, type Sql } from '../../sql.ts'
import { authorise, editorSchema } from '../sqlite-editors.ts'
import { auditSchema, noteAct } from './audit-table.ts'
import { endBrowsers, noticeSchema } from './notice-tables.ts'

type Claim = Parameters<NoticeOutbox['claim']>[0]
type DueRow = {
  readonly n: number
  readonly kind: NoticeKind
  readonly item_id: string | null
  readonly attempts: number
  readonly looked_gone: number
  readonly id: string
  readonly endpoint_hash: Uint8Array
  readonly address: Uint8Array
  readonly vapid_key_id: string
  readonly language: string
  readonly created_at: string
}

const selectSession = 'select coalesce(session_id, token_hash) as id from sessions where token_hash = ?'
const selectKnown = 'select id, editor_id, address from editor_browsers where endpoint_hash = ?'
const upsertBrowser = `insert into editor_browsers
  (id, editor_id, session_id, endpoint_hash, address, vapid_key_id, language, created_at)
  values (?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (endpoint_hash) do update set session_id = excluded.session_id, address = excluded.address,
  vapid_key_id = excluded.vapid_key_id, language = excluded.language`
const selectBeyond = 'select id from editor_browsers where editor_id = ? order by row_id desc limit -1 offset ?'
const selectOwn = 'select id, created_at from editor_browsers where editor_id = ? order by row_id'
const deleteOld = 'delete from editor_notices where at_ms < ?'
const selectDue = `select editor_notices.n, kind, item_id, attempts, looked_gone, editor_browsers.id, endpoint_hash, address,
    vapid_key_id, language, created_at
  from editor_notices join editor_browsers on editor_browsers.id = editor_notices.browser_id
  where not_before_ms <= ?1 and lease_until_ms <= ?1 order by editor_notices.n limit ?2`
const selectNext = 'select min(max(not_before_ms, lease_until_ms)) as next from editor_notices'
const lease = 'update editor_notices set lease = ?, lease_until_ms = ? where n = ?'
const selectLeased = 'select 1 from editor_notices where n = ? and lease = ?'
const deleteNotice = 'delete from editor_notices where n = ?'
const retryNotice = `update editor_notices set attempts = attempts + ?, looked_gone = ?, not_before_ms = ?, lease = null,
  lease_until_ms = 0 where n = ?`

/** The browsers of editors and the notices to them in SQLite. */
export class SqliteNotices implements EditorBrowserStore, NoticeOutbox {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
    for (const schema of [editorSchema, auditSchema, noticeSchema]) migrate(sql, schema)
  }

  async addressOf(endpointHash: Uint8Array): Promise<Uint8Array | null> {
    return this.#known(endpointHash)?.address ?? null
  }

  #known(endpointHash: Uint8Array) {
    type Known = { id: string; editor_id: string; address: Uint8Array }
    return this.#sql.all<Known>(selectKnown, endpointHash)[0]
  }

  async put(
    browser: EditorBrowser,
    by: Authority,
    most: number,
    same: Uint8Array | null = null,
  ): Promise<{ id: string; made: boolean }> {
    const { id, endpointHash, address, vapidKeyId, language, createdAt } = browser
    return this.#write(() => {
      const editor = authorise(this.#sql, by)
      const known = this.#known(endpointHash)
      const own = known?.editor_id === editor.id ? known.id : undefined
      if (known !== undefined && own === undefined) {
        if (same === null || !isSameBytes(known.address, same)) throw endpointTaken()
        endBrowsers(this.#sql, 'id = ?', known.id)
      }
      const { credential } = by
      const session =
        credential.by === 'key' ? undefined : this.#sql.all<{ id: string }>(selectSession, credential.hash)[0]
      const kept = [endpointHash, address, vapidKeyId, language, createdAt] as const
      this.#sql.run(upsertBrowser, id, editor.id, session?.id ?? null, ...kept)
      for (const beyond of this.#sql.all<{ id: string }>(selectBeyond, editor.id, most))
        endBrowsers(this.#sql, 'id = ?', beyond.id)
      if (own === undefined) noteAct(this.#sql, browserLine('notifications-on', createdAt, editor, id))
      return { id: own ?? id, made: own === undefined }
    })
  }

  async list(by: Authority): Promise<readonly Pick<EditorBrowser, 'id' | 'createdAt'>[]> {
    const rows = this.#sql.all<{ id: string; created_at: string }>(selectOwn, authorise(this.#sql, by).id)
    return rows.map(({ id, created_at: createdAt }) => ({ id, createdAt }))
  }

  async remove(id: string, by: Authority): Promise<boolean> {
    return this.#write(() => {
      const editor = authorise(this.#sql, by)
      if (endBrowsers(this.#sql, 'id = ? and editor_id = ?', id, editor.id) === 0) return false
      noteAct(this.#sql, browserLine('notifications-off', by.at, editor, id))
      return true
    })
  }

  async claim({ lease: name, most, leaseMs, keptMs, now }: Claim) {
    const waitMs = this.#nextMs(now)
    if (waitMs === null || waitMs > 0) return { notices: [], nextMs: waitMs }
    const rows = await this.#write(() => {
      this.#sql.run(deleteOld, now - keptMs)
      const due = this.#sql.all<DueRow>(selectDue, now, most)
      for (const { n } of due) this.#sql.run(lease, name, now + leaseMs, n)
      return due
    })
    return { notices: rows.map((row) => noticeIn(row, name)), nextMs: this.#nextMs(now) }
  }

  #nextMs(now: number): number | null {
    const next = this.#sql.all<{ next: number | null }>(selectNext)[0]?.next ?? null
    return next === null ? null : Math.max(0, next - now)
  }

  async settle(
    { n, id, lease: name }: Pick<LeasedNotice, 'n' | 'id' | 'lease'>,
    outcome: NoticeOutcome,
    now: number,
  ): Promise<void> {
    await this.#write(() => {
      if (this.#sql.all(selectLeased, n, name).length === 0) return
      if (outcome.kind === 'again') {
        const { isCounted, lookedGone, afterMs } = outcome
        this.#sql.run(retryNotice, isCounted ? 1 : 0, lookedGone ? 1 : 0, now + afterMs, n)
      } else if (outcome.kind === 'gone') endBrowsers(this.#sql, 'id = ?', id)
      else this.#sql.run(deleteNotice, n)
    })
  }

  #write<Result>(act: () => Result): Promise<Result> {
    return this.#sql.retryBusy(() => this.#sql.transaction(act))
  }
}

function noticeIn(row: DueRow, lease: string): LeasedNotice {
  const { n, kind, item_id: itemId, attempts, id, language } = row
  return {
    ...{ n, kind, itemId, attempts, lookedGone: row.looked_gone === 1, lease, id, language },
    ...{ endpointHash: row.endpoint_hash, address: row.address, vapidKeyId: row.vapid_key_id },
    createdAt: row.created_at,
  }
}
