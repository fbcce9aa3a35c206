import { holds } from '../../../desk/pause.ts'
import type { Entry } from '../../../log/log.ts'
import type { Sql } from '../../sql.ts'
import { readPause } from '../sqlite-pause.ts'

const selectOpen = `select seq, entry, expires_ms, position < target as fresh from push_entries where state = 'open'`
const selectNext = `select min(at_ms) as next_ms from (
  select lease_until_ms as at_ms from push_slices where seq = ?
  union all select not_before_ms as at_ms from push_retries where seq = ?)`

type OpenRow = { seq: number; entry: string; expires_ms: number; fresh: number }

/**
 * When the outbox has work to be claimed, in Unix milliseconds: 0: now; null: none. Paused work is due at its expiry; when
 * the pause ends, call this again.
 */
export function nextDueMs(sql: Sql): number | null {
  const pause = readPause(sql)
  let next: number | null = null
  for (const row of sql.all<OpenRow>(selectOpen)) {
    const held = pause !== null && holds(pause, JSON.parse(row.entry) as Entry)
    const due = held ? row.expires_ms : Math.min(row.expires_ms, workMs(sql, row))
    next = Math.min(next ?? due, due)
  }
  return next
}

function workMs(sql: Sql, { seq, fresh }: OpenRow): number {
  if (fresh === 1) return 0
  // An open entry without any work is to be closed by the next claim.
  return sql.all<{ next_ms: number | null }>(selectNext, seq, seq)[0]?.next_ms ?? 0
}
