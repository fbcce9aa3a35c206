import * as z from 'zod'
import type { Authority, Editor } from '../../auth/editor.ts'
import { Problem } from '../../domain/problem.ts'
import { timeSchema } from '../../protocol/alert-schemas.ts'
import type { AuditLine } from '../audit.ts'
import { type Actor, actor, type Item } from './item.ts'
import { mayApprove } from './waiting-detail.ts'

/**
 * What somebody does with an item that they have open. `approving`: they read it before they approve it, and as long as they
 * do it cannot be changed.
 */
const doings = ['editing', 'reading', 'approving'] as const
export type Doing = (typeof doings)[number]

/** How long it counts that somebody has an item open. Their page says it again before that. */
export const presenceSeconds = 60

export const presenceSchema = z
  .strictObject({
    itemId: z.string(),
    by: actor,
    doing: z.enum(doings).describe('approving: the item cannot be changed as long as it lasts.'),
    since: timeSchema,
    until: timeSchema.describe('When it ends, unless it is renewed.'),
  })
  .meta({ id: 'Presence' })
/** Who has an item open, until when. */
export type Presence = Readonly<z.output<typeof presenceSchema>>

/** The body of `PUT /v1/desk/items/{id}/presence`. */
export const enterSchema = z.strictObject({
  doing: z.enum(doings),
  renewal: z
    .boolean()
    .default(false)
    .describe('It was said before, by the same page: a lock that an admin has broken meanwhile is not set again.'),
})

/** `at`: now, in RFC 3339; a store whose database has a clock of its own uses that one. */
export type EnterRequest = z.output<typeof enterSchema> & {
  readonly itemId: string
  readonly by: Authority
  readonly at: string
}

/** Who has which item open. Nothing of it is kept for longer than `presenceSeconds`. */
export interface PresenceStore {
  /** Notes that an editor has an item open. Gives all who have it open. Throws a Problem (404 `no-such-item`, 401, 403). */
  enter(request: EnterRequest): Promise<readonly Presence[]>
  /** They have it open no more. */
  leave(itemId: string, by: Authority): Promise<void>
  /** Ends the lock of an item, whoever's it is, and notes it in the audit log. Throws a Problem (404, 401, 403). */
  unlock(itemId: string, by: Authority): Promise<void>
  /** Who has which item open at a time (RFC 3339), the newest first, at most `presentMax`. */
  present(at: string): Promise<readonly Presence[]>
}

/** How many of those who have something open are told of. */
export const presentMax = 500

/** What is noted when an editor opens an item or has it open still. `before`: what was noted of them, if it counts still. */
export function presenceOf(
  item: Item,
  editor: Editor,
  { doing, renewal }: Pick<EnterRequest, 'doing' | 'renewal'>,
  before: Pick<Presence, 'doing' | 'since'> | undefined,
  now: string,
): Presence {
  const isBroken = renewal && before !== undefined && before.doing !== 'approving'
  return {
    itemId: item.id,
    by: { id: editor.id, name: editor.name },
    // Only who may approve it locks it.
    doing:
      doing === 'approving' && (isBroken || item.state !== 'awaiting-approval' || !mayApprove(item, editor))
        ? 'reading'
        : doing,
    since: before?.since ?? now,
    until: new Date(Date.parse(now) + presenceSeconds * 1_000).toISOString(),
  }
}

/** Who keeps an item from being changed: `by` reads it before approving it, until a time. */
export type Lock = { readonly by: Actor; readonly until: string }

/** Throws a Problem (409 `item-locked`) when somebody else reads an item before they approve it. */
export function refuseLocked(item: Item, locks: readonly Lock[], editor: Editor, extensions: object): void {
  if (item.state !== 'awaiting-approval') return
  const lock = locks.find(({ by }) => by.id !== editor.id)
  if (lock === undefined) return
  throw new Problem(
    409,
    'item-locked',
    `${lock.by.name} is reading it before approving it, until ${lock.until} or longer. Nothing was changed. Wait, ask them, or cancel it, which always works; an admin may end the lock.`,
    { extensions: { ...extensions, lockedBy: lock.by, lockedUntil: lock.until } },
  )
}

/** The line of the audit log about a lock that an admin has ended. */
export function unlockLine(item: Item, locks: readonly Lock[], editor: Editor, at: string): AuditLine {
  return {
    ...{ at, by: { id: editor.id, name: editor.name }, act: 'unlock', itemId: item.id, alertId: item.alertId },
    detail: { version: item.version, state: item.state, lockedBy: locks.map(({ by }) => by) },
  }
}
