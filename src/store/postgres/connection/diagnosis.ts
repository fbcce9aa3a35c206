import type { StorageFaultKind } from '../../storage-fault.ts'
import type { PostgresDatabase } from '../postgres-database.ts'

// A session that nobody waits for any more goes on waiting in the server, and so shows why (`pg_stat_activity`,
// https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE).
const selectWaits = `select coalesce(bool_or(wait_event = 'SyncRep'), false) as commits,
    coalesce(bool_or(wait_event_type = 'Lock'), false) as locks
  from pg_stat_activity
  where datname = current_database() and usename = current_user and pid <> pg_backend_pid()`

/**
 * Why the service's sessions get no answer in time: `unconfirmed`, their commits wait for a synchronous standby; `locked`;
 * `slow`, nothing of both; `unreachable`, or another fault, where this question has no answer either. Never rejects.
 * `database`: has a connection of its own, since all others may wait.
 */
export async function diagnose(database: Pick<PostgresDatabase, 'all'>): Promise<StorageFaultKind> {
  try {
    const [waits] = await database.all<{ readonly commits: boolean; readonly locks: boolean }>(selectWaits)
    if (waits?.commits) return 'unconfirmed'
    return waits?.locks ? 'locked' : 'slow'
  } catch {
    return 'unreachable'
  }
}
