import type { Entry } from '../../../client/listen.ts'
import type { Rendered } from '../../../domain/alert-types.ts'
import { epochOf, seqOf } from '../../../protocol/cursor.ts'
import type { MirrorNews } from '../../shared/mirrors/mirror-news.ts'

type Shown = {
  /** The newest that was verified of what the stream has brought, or where the page was written. */
  readonly cursor: string
  readonly isShown: (id: string) => boolean
  /** Whether the reader's choice is for such an alert. */
  readonly isWanted: (alert: Rendered) => boolean
}

/**
 * The entries of a mirror that the page does not have yet, oldest first. What changes an alert that the page shows is among them
 * whatever the reader has chosen. Of a log that began anew all are: the list itself passes over what it has.
 */
export function newEntries(
  { statement, entries }: Pick<MirrorNews, 'statement' | 'entries'>,
  { cursor, isShown, isWanted }: Shown,
): readonly Pick<Entry, 'alert' | 'kind'>[] {
  const since = statement.epoch === epochOf(cursor) ? seqOf(cursor) : 0
  const all = entries as unknown as readonly (Pick<Entry, 'alert' | 'kind'> & { readonly seq: number })[]
  const added = new Set<string>()
  return all.filter(({ seq, alert }) => {
    const isNew = seq > since && (added.has(alert.id) || isShown(alert.id) || isWanted(alert))
    if (isNew) added.add(alert.id)
    return isNew
  })
}

/** Whether something may lie between the position of the stream (or where the page was written) and the oldest entry that a mirror had. */
export function isGap(
  { entries: [oldest], statement }: Pick<MirrorNews, 'entries' | 'statement'>,
  cursor: string,
): boolean {
  const since = statement.epoch === epochOf(cursor) ? seqOf(cursor) : 0
  // Without entries it says itself that it has left some out.
  if (oldest === undefined) return statement.leftOut > 0 && statement.head > since
  return oldest.seq > since + 1 && Object(Object(oldest.alert).proof).prev !== ''
}
