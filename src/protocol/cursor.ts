import type { Cursor, Seq } from '../log/log.ts'

/** A cursor on the wire, `<epoch>.<seq>`: the log, and the last seq that was seen of it. Opaque to other clients than ours. */
export const cursorPattern = /^([a-z0-9]{1,32})\.(0|[1-9][0-9]{0,14})$/

export function formatCursor({ epoch, seq }: Cursor): string {
  return `${epoch}.${seq}`
}

/** The log that a cursor belongs to. */
export function epochOf(cursor: string): string {
  return cursor.slice(0, cursor.lastIndexOf('.'))
}

/** The place in its log that a cursor names. */
export function seqOf(cursor: string): Seq {
  return Number(cursor.slice(cursor.lastIndexOf('.') + 1))
}
