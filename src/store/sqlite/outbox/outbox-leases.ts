import type { Sql } from '../../sql.ts'

// A batch id begins with the owner of its lease, so that leases of processes that have died can be found.
const separator = '/'
const ownerOf = `substr(batch_id, 1, max(instr(batch_id, '${separator}') - 1, 0))`
const selectOwners = `select ${ownerOf} as owner from push_slices where lease_until_ms > 0
  union select ${ownerOf} as owner from push_retries where batch_id is not null`
const endSlices = `update push_slices set lease_until_ms = 0 where ${ownerOf} = ?`
const endRetries = `update push_retries set batch_id = null, not_before_ms = 0
  where batch_id is not null and ${ownerOf} = ?`

/** The id of a batch leased to an owner (a name without a slash). */
export function batchIdOf(owner: string, id: string): string {
  return `${owner}${separator}${id}`
}

/** Ends the leases of owners that have died; their batches are due again at once. Returns the owners' names. */
export function endLeases(sql: Sql, isLost: (owner: string) => boolean): readonly string[] {
  return sql.transaction(() => {
    const owners = sql.all<{ owner: string }>(selectOwners).map(({ owner }) => owner)
    const lost = owners.filter(isLost)
    for (const owner of lost) {
      sql.run(endSlices, owner)
      sql.run(endRetries, owner)
    }
    return lost
  })
}
