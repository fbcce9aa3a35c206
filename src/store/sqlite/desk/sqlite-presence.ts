import type { Authority } from '../../../auth/editor.ts'
import type { Item } from '../../../desk/items/item.ts'
import { noSuchItem } from '../../../desk/items/item.ts'
import {
  type EnterRequest,
  type Lock,
  type Presence,
  type PresenceStore,
  presenceOf,
  presentMax,
  unlockLine,
} from '../../../desk/items/presence.ts'
import type { Sql } from '../../sql.ts'
import { authorise } from '../sqlite-editors.ts'
import { deletionOf, noteAct } from './audit-table.ts'

type PresenceRow = {
  readonly item_id: string
  readonly editor_id: string
  readonly editor_name: string
  readonly doing: Presence['doing']
  readonly since: string
  readonly until: string
}

const columns = 'item_id, editor_id, editor_name, doing, since, until'
/** Whose key was revoked or has expired by the time that is the second value has nothing open any more. */
const isActive = `exists (select 1 from editors where id = editor_id and revoked_at is null
  and (expires_at is null or expires_at > ?2))`
const selectItem = 'select item from items where id = ?'
const deleteOver = 'delete from item_presence where until <= ?'
const upsertPresence = `insert into item_presence (${columns}) values (?, ?, ?, ?, ?, ?)
  on conflict (item_id, editor_id) do update set editor_name = excluded.editor_name, doing = excluded.doing,
  until = excluded.until`
const selectOfItem = `select ${columns} from item_presence where item_id = ?1 and until > ?2
  and ${isActive} order by since, editor_id`
const selectPresent = `select ${columns} from item_presence where until > ?2 and ${isActive}
  order by since desc, item_id, editor_id limit ?1`
const deletePresence = 'delete from item_presence where item_id = ? and editor_id = ?'
const endLocks = `update item_presence set doing = 'reading' where item_id = ? and doing = 'approving'`

/** Who reads an item at a time (RFC 3339) before they approve it, in a database that has `itemSchema`. */
export function locksOf(sql: Pick<Sql, 'all'>, itemId: string, at: string): readonly Lock[] {
  return presentAt(sql, itemId, at).filter(({ doing }) => doing === 'approving')
}

function presentAt(sql: Pick<Sql, 'all'>, itemId: string, at: string): readonly Presence[] {
  return sql.all<PresenceRow>(selectOfItem, itemId, at).map(presenceIn)
}

/** Who has which item open, in SQLite. */
export class SqlitePresence implements PresenceStore {
  readonly #sql: Sql

  /** In a database that has `itemSchema`. */
  constructor(sql: Sql) {
    this.#sql = sql
  }

  async enter({ itemId, by, at, ...asked }: EnterRequest): Promise<readonly Presence[]> {
    return this.#change(() => {
      const editor = authorise(this.#sql, by)
      const item = this.#item(itemId)
      this.#sql.run(deleteOver, at)
      const before = presentAt(this.#sql, itemId, at).find(({ by: { id } }) => id === editor.id)
      const { by: who, doing, since, until } = presenceOf(item, editor, asked, before, at)
      this.#sql.run(upsertPresence, itemId, who.id, who.name, doing, since, until)
      return presentAt(this.#sql, itemId, at)
    })
  }

  async leave(itemId: string, by: Authority): Promise<void> {
    await this.#change(() => {
      authorise(this.#sql, by)
      this.#sql.run(deletePresence, itemId, by.editorId)
    })
  }

  async unlock(itemId: string, by: Authority): Promise<void> {
    await this.#change(() => {
      const editor = authorise(this.#sql, by)
      const item = this.#item(itemId)
      const locks = locksOf(this.#sql, itemId, by.at)
      if (locks.length === 0) return
      this.#sql.run(endLocks, itemId)
      noteAct(this.#sql, unlockLine(item, locks, editor, by.at))
    })
  }

  async present(at: string): Promise<readonly Presence[]> {
    return this.#sql.all<PresenceRow>(selectPresent, presentMax, at).map(presenceIn)
  }

  #item(id: string): Item {
    const [row] = this.#sql.all<{ readonly item: string }>(selectItem, id)
    if (row === undefined) throw noSuchItem(deletionOf(this.#sql, id))
    return JSON.parse(row.item)
  }

  #change<Result>(act: () => Result): Promise<Result> {
    return this.#sql.retryBusy(() => this.#sql.transaction(act))
  }
}

function presenceIn({ item_id, editor_id, editor_name, doing, since, until }: PresenceRow): Presence {
  return { itemId: item_id, by: { id: editor_id, name: editor_name }, doing, since, until }
}
