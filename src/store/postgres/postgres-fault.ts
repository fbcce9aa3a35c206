import { DatabaseBusy } from '../sql.ts'
import { StorageFault, type StorageFaultKind } from '../storage-fault.ts'

/** Faults by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const kinds: ReadonlyMap<string, StorageFaultKind> = new Map([
  // On a connection to a standby nothing is run (`PostgresDatabase`): what refuses here is the setting.
  ['25006', 'read-only'],
  ['28000', 'login'],
  ['28P01', 'login'],
  ['3D000', 'missing'],
  ['3F000', 'missing'],
  ['42501', 'denied'],
  ['53100', 'full'],
  ['53200', 'failing'],
  ['53300', 'crowded'],
  ['57P01', 'unreachable'],
  ['57P02', 'unreachable'],
  ['57P03', 'unreachable'],
  ['57P04', 'missing'],
  ['57P05', 'unreachable'],
  ['58030', 'failing'],
  // Nothing of ours raises it: a trigger or a rule of somebody else does.
  ['P0001', 'failing'],
  ['XX001', 'damaged'],
  ['XX002', 'damaged'],
])

/** lock_not_available, query_canceled (statement_timeout), and what ends a transaction that waits too long for its client. */
const busyStates = new Set(['55P03', '57014', '25P03', '25P04'])
/** serialization_failure and deadlock_detected: the transaction was rolled back, and succeeds when it is run again. */
const conflictStates = new Set(['40001', '40P01'])
/**
 * After these a connection is of no use: a demoted primary goes on answering reads and refuses writes with 25006, and a
 * transaction that timed out while it waited for its client has ended the session.
 */
const deadStates = /^(08...|57P0[1-5]|25006|25P0[34]|53300)$/

/** What the driver says of a connection that ended, without an SQLSTATE. */
const networkMessages =
  /^(Connection terminated|Client (has encountered|was closed)|timeout (expired|exceeded)|Query read timeout)/

/** The SQLSTATE of an error of the database; null when it is none. */
export function sqlStateOf(error: unknown): string | null {
  const { code, severity } = Object(error)
  return typeof code === 'string' && typeof severity === 'string' ? code : null
}

/** Whether an error says that the connection cannot be used any more. */
export function isDeadConnection(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true
  const state = sqlStateOf(error)
  return state === null ? isNetworkError(error) : deadStates.test(state)
}

/** Whether the SQLSTATE of an error says which fault of the database it is. */
export function isKnownFault(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state !== null && kindOf(state, error) !== undefined
}

/** Whether the transaction was rolled back because of another one and may be run again. */
export function isConflict(error: unknown): boolean {
  return conflictStates.has(sqlStateOf(error) ?? '')
}

/** The connection was cut by this program: it took too long, or leads to a server that is not the primary. */
export class ConnectionLost extends Error {
  readonly kind: StorageFaultKind

  constructor(kind: StorageFaultKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.name = 'ConnectionLost'
    this.kind = kind
  }
}

/** The limit of time of an operation is over. */
export class NoAnswerInTime extends ConnectionLost {
  constructor(limitMs: number) {
    super('unreachable', `The database did not answer within ${limitMs} ms.`)
    this.name = 'NoAnswerInTime'
  }
}

/** The error as the service's own: StorageFault, DatabaseBusy, or the same when it is about a statement and not the database. */
export function asStorageFault(error: unknown, act: 'store' | 'read'): unknown {
  if (error instanceof ConnectionLost) return new StorageFault(error.kind, act, { cause: error })
  const state = sqlStateOf(error)
  if (state === null) return isNetworkError(error) ? new StorageFault('unreachable', act, { cause: error }) : error
  if (busyStates.has(state) || conflictStates.has(state)) return new DatabaseBusy()
  const kind = kindOf(state, error)
  return kind === undefined ? error : new StorageFault(kind, act, { cause: error })
}

/** Tables without which there is no newsroom: they are gone, as while a backup is restored. Others may be a mistake of a statement. */
const ownTable = /"tocsin\.(?:log_head|entries|editors|subscriptions)"/

function kindOf(state: string, error: unknown): StorageFaultKind | undefined {
  if (state === '42P01' && ownTable.test(String(Object(error).message))) return 'missing'
  return kinds.get(state) ?? (state.startsWith('08') ? 'unreachable' : undefined)
}

/** An error of the network or of TLS has Node's own code (ECONNREFUSED, ENOTFOUND), or is the driver's. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, syscall } = error as { readonly code?: unknown; readonly syscall?: unknown }
  if (error instanceof AggregateError) return error.errors.some(isNetworkError)
  return (typeof code === 'string' && typeof syscall === 'string') || networkMessages.test(error.message)
}
