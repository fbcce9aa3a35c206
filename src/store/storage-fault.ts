import { Problem } from '../domain/problem.ts'

/**
 * Why the database cannot be written or read. `missing`, `replaced`: it is not the one that was opened. `moving`: it is being
 * moved to another database, and can only be read. `moved`: that is done, and nothing is written here again. Of a database
 * server only: `unreachable`; `standby`: it can only be read; `crowded`: it has no connection left; `login`: it does not let
 * the service in; `denied`: it does not give it the right; `unconfirmed`: a commit waits for a synchronous standby; `slow`: it
 * answers, and does not finish in time what it is asked for.
 */
const storageFaultKinds = [
  ...(['full', 'read-only', 'missing', 'replaced', 'damaged', 'locked', 'failing', 'moving', 'moved'] as const),
  ...(['unreachable', 'crowded', 'standby', 'login', 'denied', 'unconfirmed', 'slow'] as const),
] as const
export type StorageFaultKind = (typeof storageFaultKinds)[number]

const why: Readonly<Record<StorageFaultKind, string>> = {
  full: 'its disk is full',
  'read-only': 'its database can only be read',
  missing: 'its database has been taken away',
  replaced: 'its database has been replaced by another while it runs',
  damaged: 'its database is damaged',
  locked: 'another program holds its database',
  failing: 'its disk fails',
  moving: 'it moves to another database, and meanwhile only reads',
  moved: 'the newsroom has moved to another database for good',
  unreachable: 'its database cannot be reached',
  crowded: 'its database server has no connection left for it',
  standby: 'its database server is a standby, which can only be read',
  login: 'its database does not let it in',
  denied: 'its database does not give it the right',
  unconfirmed: 'its database waits for a synchronous standby',
  slow: 'its database does not answer in time',
}

const retryAfterSeconds = 5
const again = 'Its operator is told. Send the same again in a moment; nothing is done twice.'
const elsewhere = 'Do not send it here again: send it to the nodes on PostgreSQL. Its operator knows their address.'

/**
 * The database cannot be written (503 `cannot-store`) or read (503 `cannot-read`). The request may be repeated with the
 * same Idempotency-Key: if it was stored after all, the response is that of the first, and nothing is done twice. After a
 * move it must go to the nodes on the other database.
 */
export class StorageFault extends Problem {
  readonly kind: StorageFaultKind
  readonly act: 'store' | 'read'

  constructor(kind: StorageFaultKind, act: 'store' | 'read' = 'store', options: { readonly cause?: unknown } = {}) {
    super(
      503,
      `cannot-${act}`,
      `The service cannot ${act} anything now: ${why[kind]}. ${kind === 'moved' ? elsewhere : again}`,
      kind === 'moved' ? {} : { retryAfterSeconds },
    )
    this.name = 'StorageFault'
    this.kind = kind
    this.act = act
    if (options.cause !== undefined) this.cause = options.cause
  }
}
