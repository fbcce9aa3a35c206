import { Problem } from '../domain/problem.ts'

/** Why nothing can be stored, or read. `missing` and `replaced`: the files are not those that were opened. */
export const storageFaultKinds = ['full', 'read-only', 'missing', 'replaced', 'damaged', 'locked', 'failing'] as const
export type StorageFaultKind = (typeof storageFaultKinds)[number]

const why: Readonly<Record<StorageFaultKind, string>> = {
  full: 'its disk is full',
  'read-only': 'its disk can only be read',
  missing: 'its database has been taken away',
  replaced: 'its database has been replaced by another while it runs',
  damaged: 'its database is damaged',
  locked: 'another program holds its database',
  failing: 'its disk fails',
}

const retryAfterSeconds = 5

/**
 * The database cannot be written (503 `cannot-store`) or read (503 `cannot-read`). Whoever asked may ask again with the
 * same Idempotency-Key: what was kept after all is answered with, and nothing is done twice.
 */
export class StorageFault extends Problem {
  readonly kind: StorageFaultKind
  readonly act: 'store' | 'read'

  constructor(kind: StorageFaultKind, act: 'store' | 'read' = 'store', options: { readonly cause?: unknown } = {}) {
    super(
      503,
      `cannot-${act}`,
      `The service cannot ${act} anything now: ${why[kind]}. Its operator is told. Send the same again in a moment; nothing is done twice.`,
      { retryAfterSeconds },
    )
    this.name = 'StorageFault'
    this.kind = kind
    this.act = act
    if (options.cause !== undefined) this.cause = options.cause
  }
}
