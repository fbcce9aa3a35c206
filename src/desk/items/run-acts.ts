import { Problem } from '../../domain/problem.ts'
import type { Entry } from '../../log/log.ts'
import type { AuditLine } from '../audit.ts'
import { actOnItem, missedItem, refusedItem } from './act-on-item.ts'
import type { Item } from './item.ts'
import type { ActContext, ActOutcome, ItemAct } from './item-acts.ts'

/** What several acts in a row make of an item, as one. */
export type RunOutcome = ActOutcome

/** Runs acts one after the other. Throws what any of them throws. Null: there is nothing to do. */
export function runActs(
  item: Item | null,
  acts: readonly ItemAct[],
  itemId: string,
  context: ActContext,
): RunOutcome | null {
  let present = item
  const audit: AuditLine[] = []
  let change: ActOutcome['change'] = null
  for (const act of acts) {
    const outcome = actOnItem(present, act, itemId, context)
    if (outcome === null) return null
    present = outcome.item
    change = outcome.change
    audit.push(...outcome.audit)
  }
  return { item: present, change, audit }
}

/** The item after its alert was appended. */
function publishedItem(item: Item, { seq, at, alert }: Entry): Item {
  return { ...item, state: 'published', alertId: alert.id, releaseAt: null, refusal: null, published: { seq, at } }
}

/** The line of the audit log for what was appended. */
function publishedLine(item: Item, { seq, at, alert }: Entry, { editor }: Pick<ActContext, 'editor'>): AuditLine {
  return {
    ...{ at, by: editor === null ? null : { id: editor.id, name: editor.name }, act: 'published' },
    ...{ itemId: item.id, alertId: alert.id },
    detail: {
      ...{ seq, kind: item.kind, version: alert.version, audience: alert.audience, hash: item.hash },
      approvedBy: item.approvals.map(({ by }) => by),
      ...(item.override === null ? {} : { overriddenBy: item.override.by }),
    },
  }
}

/**
 * The idempotency key under which an item's alert is in the log: no client can send it, because theirs have no spaces, and it
 * is the item's for ever, so that no item is published twice.
 */
export function itemKey(itemId: string): string {
  return ` item ${itemId}`
}

/** What is stored after acts whose change was appended. */
export type StoredOutcome = {
  readonly item: Item | null
  readonly entry: Entry | null
  readonly audit: readonly AuditLine[]
}

/** The outcome after its change was appended. */
export function appendedOutcome({ item, audit }: RunOutcome, entry: Entry, context: ActContext): StoredOutcome {
  if (item === null) throw new Error('what is deleted is not published')
  const published = publishedItem(item, entry)
  return { item: published, entry, audit: [...audit, publishedLine(published, entry, context)] }
}

/**
 * The outcome where the log did not take the change: what the service itself released becomes a refused item, or a missed
 * one while publishing is paused: nothing goes out by itself when the pause ends. Throws the error where an editor is there to be told, and every other one.
 */
export function unappendedOutcome({ item }: RunOutcome, error: unknown, context: ActContext): StoredOutcome {
  if (!(error instanceof Problem) || context.editor !== null || error.status === 503 || item === null) throw error
  const refused = error.code === 'paused' ? missedItem(item, 'paused', context) : refusedItem(item, error, context)
  return { item: refused.item, entry: null, audit: refused.audit }
}
