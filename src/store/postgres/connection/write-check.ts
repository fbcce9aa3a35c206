import type { PostgresDatabase } from '../postgres-database.ts'

/** More than the pages that a table has in reserve: an append must not fail after the check has passed. */
const rowsCount = 600
/** Below the size from which the server would compress a row. */
const rowRepeats = 54

// A new table takes room on the disk, which the end of the transaction gives back at once, however it ends; rows in a table
// that is there would leave theirs behind. The names and keys hold the number of the server's process: the checks of several
// nodes do not wait for each other.
const fillTable = `do $check$ begin
  execute format('create table tocsin.%I as select repeat(md5(n::text), ${rowRepeats}) as filler
    from generate_series(1, ${rowsCount}) as n', 'write_check_' || pg_backend_pid());
end $check$`
const insertEntry = `insert into tocsin.entries (seq, at, kind, alert_id, alert, key, intention, editor_id)
  values (-pg_backend_pid(), now(), 'check', 'check', '{}', 'check ' || pg_backend_pid(), '', '')`
const updateHead = 'update tocsin.log_head set head = head'

class RolledBack extends Error {}

/**
 * Writes what an append writes, on the disk that it is written to, and rolls it back; then commits a write that changes
 * nothing, because a commit may wait for a synchronous standby. Nothing is left. Rejects as an append would: with a
 * StorageFault where the disk is full, the database can only be read, the right is missing or the commit is not confirmed.
 */
export async function checkWriting(database: Pick<PostgresDatabase, 'transaction'>): Promise<void> {
  try {
    await database.transaction(async (statements) => {
      await statements.run(fillTable)
      await statements.run(insertEntry)
      await statements.run(updateHead)
      throw new RolledBack()
    })
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
  }
  await database.transaction((statements) => statements.run(updateHead), { isIdempotent: true })
}
