import { alreadyRetracted } from '../../domain/change.ts'
import type { Entry } from '../../log/log.ts'
import type { AuditLine } from '../audit.ts'
import { refusedItem } from './act-on-item.ts'
import { type Item, isEndedByRetraction } from './item.ts'
import { itemKey } from './run-acts.ts'

/** An item that was ended, and its lines in the audit log. */
export type EndedItem = { readonly item: Item; readonly audit: readonly AuditLine[] }

/**
 * What a retraction makes of the items that wait with changes of its alert: none of them can be sent any more, so that they
 * are refused at once, and no desk counts down to what will not happen. `waiting`: the items of the alert that wait; `key`:
 * under which the retraction was appended, because an item that is the retraction is published; `by`: the name of who
 * retracted it. Pure: each store runs it in the transaction that appends the retraction.
 */
export function endedByRetraction(
  waiting: readonly Item[],
  { at, alert }: Entry,
  key: string,
  by: string | null,
): readonly EndedItem[] {
  const context = { now: at, editor: null, latestChange: { kind: 'retraction', at, by } } as const
  const ended = waiting.filter((item) => !key.endsWith(itemKey(item.id)) && !isEndedByRetraction(item))
  return ended.flatMap((before) => {
    const { item, audit } = refusedItem(before, alreadyRetracted(before.kind, alert), context)
    return item === null ? [] : [{ item, audit }]
  })
}
