/** What a lease is of: a slice of an entry's subscriptions, or some of its retries. */
export type Lease = {
  readonly owner: string
  readonly entryId: number
  /** The slice; null: retries. */
  readonly sliceId: number | null
  /** A UUID that is new with each lease: whoever has lost the lease does not have it. */
  readonly token: string
}

/** A batch's id. */
export function leaseIdOf({ owner, entryId, sliceId, token }: Lease): string {
  return `${owner}/${entryId}/${sliceId ?? ''}/${token}`
}

/** Parses a batch's id; null: it is of another store. */
export function leaseOf(id: string): Lease | null {
  const [, owner, entryId, sliceId, token] = /^(.*)\/(\d+)\/(\d*)\/([\da-f-]{36})$/.exec(id) ?? []
  if (owner === undefined || entryId === undefined || token === undefined) return null
  return { owner, entryId: Number(entryId), sliceId: sliceId ? Number(sliceId) : null, token }
}
