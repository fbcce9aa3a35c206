import type { Authority } from '../../auth/editor.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import type { Entry } from '../../log/log.ts'
import type { Deletion, Item, ItemState } from './item.ts'
import type { ItemAct } from './item-acts.ts'
import type { PresenceStore } from './presence.ts'

/**
 * Acts on one item, done together or not at all. `key`: the idempotency key, of this editor; null where repeating does no
 * harm. `intention`: the request as text, which the same key must always come with. `at`: now, in RFC 3339; a store whose
 * database has a clock of its own uses that one. `by`: null for the service itself.
 */
export type ItemRequest = {
  readonly itemId: string
  readonly acts: readonly ItemAct[]
  readonly key: string | null
  readonly intention: string
  /**
   * The same request as the log stores it: one that was published at once under this key, before there were rules, gets its
   * first response. Null: it cannot have been.
   */
  readonly logIntention?: string | null
  readonly at: string
  readonly by: Authority | null
  readonly newsroom: Newsroom
}

/** `item`: null when it was deleted. `entry`: what was published; null: nothing. */
export type ItemResult = { readonly item: Item | null; readonly entry: Entry | null }

/** Which items are listed, newest change first. `before`: only those whose last change is older, from the last of a page. */
export type ItemPart = {
  readonly states: readonly ItemState[]
  readonly limit: number
  readonly before?: { readonly changedAt: string; readonly id: string } | undefined
}

/** What has changed since a position. */
export type ItemChanges = {
  readonly last: number
  readonly items: readonly Item[]
  readonly deleted: readonly string[]
  readonly isAll: boolean
}

export interface ItemStore {
  /** Who has which item open. */
  readonly presence: PresenceStore
  /**
   * Does what a request asks, in one transaction: the editor's authority is checked, the acts are tried on the item as it
   * stands, the alert is appended if one is due, and the audit log is written. Durable when it resolves. The same key again
   * gives the first result and does nothing. Null: there was nothing to do. Throws a Problem, and then nothing has changed; that
   * of a deleted item (404) says who deleted it.
   */
  act(request: ItemRequest): Promise<ItemResult | null>
  read(id: string): Promise<Item | null>
  /** Who deleted an item, and when; null: nobody did. */
  deletion(id: string): Promise<Deletion | null>
  /** Whether an editor has used an idempotency key here. */
  knows(editorId: string, key: string): Promise<boolean>
  list(part: ItemPart): Promise<readonly Item[]>
  /** Which items are due at a time (RFC 3339), at most `limit`; `next`: the earliest time after it at which one will be. */
  due(at: string, limit: number): Promise<{ readonly ids: readonly string[]; readonly next: string | null }>
  /**
   * The items that were changed after a position in the audit log, at most `limit`; null: none, only where it ends. `last`:
   * the newest position; `deleted`: ids of those that are gone; `isAll`: nothing is left out.
   */
  changes(after: number | null, limit: number): Promise<ItemChanges>
}
