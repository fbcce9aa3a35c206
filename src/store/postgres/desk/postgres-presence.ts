import type { Authority } from '../../../auth/editor.ts'
import { type Item, noSuchItem } from '../../../desk/items/item.ts'
import {
  type EnterRequest,
  type Lock,
  type Presence,
  type PresenceStore,
  presenceOf,
  presentMax,
  unlockLine,
} from '../../../desk/items/presence.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { authorise } from '../postgres-editors.ts'
import { deletionOf, sendAct } from './postgres-audit-table.ts'
import { lockItem, readItem } from './postgres-item-tables.ts'

type PresenceRow = {
  readonly item_id: string
  readonly editor_id: string
  readonly editor_name: string
  readonly doing: Presence['doing']
  readonly since: string
  readonly until: string
}

const columns = 'item_id, editor_id, editor_name, doing, since, until'
/** `$2`: the time; null: the database's. */
const time = 'coalesce($2::timestamptz, clock_timestamp())'
/** Whose key was revoked or has expired has nothing open any more. */
const isActive = `exists (select 1 from tocsin.editors where id = editor_id and revoked_at is null
  and (expires_at is null or expires_at > ${time}))`
const selectNow = 'select clock_timestamp() as now'
const deleteOver = 'delete from tocsin.item_presence where until <= $1'
const upsertPresence = `insert into tocsin.item_presence (${columns}) values ($1, $2, $3, $4, $5, $6)
  on conflict (item_id, editor_id) do update set editor_name = excluded.editor_name, doing = excluded.doing,
  until = excluded.until`
const selectOfItem = `select ${columns} from tocsin.item_presence
  where item_id = $1 and until > ${time}
  and ${isActive} order by since, editor_id`
const selectPresent = `select ${columns} from tocsin.item_presence
  where until > ${time}
  and ${isActive} order by since desc, item_id, editor_id limit $1`
const deletePresence = 'delete from tocsin.item_presence where item_id = $1 and editor_id = $2'
const endLocks = `update tocsin.item_presence set doing = 'reading' where item_id = $1 and doing = 'approving'`

/** Who reads an item at a time before they approve it. `at`: RFC 3339; null: now, by the database's clock. */
export async function locksOf(
  statements: Pick<PostgresStatements, 'all'>,
  itemId: string,
  at: string | null,
): Promise<readonly Lock[]> {
  return (await presentAt(statements, itemId, at)).filter(({ doing }) => doing === 'approving')
}

async function presentAt(
  statements: Pick<PostgresStatements, 'all'>,
  itemId: string,
  at: string | null,
): Promise<readonly Presence[]> {
  return (await statements.all<PresenceRow>(selectOfItem, itemId, at)).map(presenceIn)
}

/** Who has which item open, in PostgreSQL. Acts on an item and the notes about it follow one another. */
export class PostgresPresence implements PresenceStore {
  readonly #database: PostgresDatabase
  readonly #clock: 'database' | 'request'

  /** `clock`: whose time counts. */
  constructor(database: PostgresDatabase, clock: 'database' | 'request') {
    this.#database = database
    this.#clock = clock
  }

  async enter({ itemId, by, at, ...asked }: EnterRequest): Promise<readonly Presence[]> {
    return this.#database.transaction(async (statements) => {
      const item = await lockedItem(statements, itemId)
      const [editor, now] = await Promise.all([authorise(statements, by), this.#now(statements, at)])
      statements.send(deleteOver, now)
      const before = (await presentAt(statements, itemId, now)).find(({ by: { id } }) => id === editor.id)
      const { by: who, doing, since, until } = presenceOf(item, editor, asked, before, now)
      statements.send(upsertPresence, itemId, who.id, who.name, doing, since, until)
      return presentAt(statements, itemId, now)
    })
  }

  async leave(itemId: string, by: Authority): Promise<void> {
    if (itemId.includes('\0')) return
    await this.#database.transaction(async (statements) => {
      await authorise(statements, by)
      statements.send(deletePresence, itemId, by.editorId)
    })
  }

  async unlock(itemId: string, by: Authority): Promise<void> {
    await this.#database.transaction(async (statements) => {
      const item = await lockedItem(statements, itemId)
      const [editor, now] = await Promise.all([authorise(statements, by), this.#now(statements, by.at)])
      const locks = await locksOf(statements, itemId, now)
      if (locks.length === 0) return
      statements.send(endLocks, itemId)
      sendAct(statements, unlockLine(item, locks, editor, now))
    })
  }

  async present(at: string): Promise<readonly Presence[]> {
    const given = this.#clock === 'request' ? at : null
    return (await this.#database.all<PresenceRow>(selectPresent, presentMax, given)).map(presenceIn)
  }

  async #now(statements: Pick<PostgresStatements, 'all'>, at: string): Promise<string> {
    if (this.#clock === 'request') return at
    return (await statements.all<{ now: string }>(selectNow))[0]?.now ?? at
  }
}

/** The item, which nobody else acts on until the end of the transaction. Throws a Problem (404). */
async function lockedItem(statements: PostgresStatements, id: string): Promise<Item> {
  // The database's text has no NUL, so that no stored id has one either.
  if (id.includes('\0')) throw noSuchItem()
  await lockItem(statements, id)
  const item = await readItem(statements, id)
  if (item === null) throw noSuchItem(await deletionOf(statements, id))
  return item
}

function presenceIn({ item_id, editor_id, editor_name, doing, since, until }: PresenceRow): Presence {
  return { itemId: item_id, by: { id: editor_id, name: editor_name }, doing, since, until }
}
