import { epochOf, seqOf } from '../../protocol/cursor.ts'

/** Whether who has seen all up to a cursor has seen this one: of the same log, and not past it. */
export function isSeen(cursor: string, known: string | undefined): boolean {
  return known !== undefined && epochOf(known) === epochOf(cursor) && seqOf(cursor) <= seqOf(known)
}
