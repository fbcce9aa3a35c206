import type { StorageFaultKind } from '../../store/storage-fault.ts'
import { codeOf } from '../start-errors.ts'

/** SQLite's result codes (https://sqlite.org/rescode.html) that say something of the disk and not of the statement. */
const kinds: ReadonlyMap<number, StorageFaultKind> = new Map([
  [5, 'locked'],
  [6, 'locked'],
  [8, 'read-only'],
  [10, 'failing'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'failing'],
  [26, 'damaged'],
])
const extendedKinds: ReadonlyMap<number, StorageFaultKind> = new Map([
  // SQLITE_IOERR_SHORT_READ: the file is shorter than it says.
  [522, 'damaged'],
  // SQLITE_READONLY_DBMOVED
  [1032, 'replaced'],
])

/** What an error of node:sqlite says of the disk; null when it is of another kind. */
export function sqliteFaultOf(error: unknown): StorageFaultKind | null {
  if (codeOf(error) !== 'ERR_SQLITE_ERROR') return null
  const { errcode } = error as { readonly errcode?: number }
  if (errcode === undefined) return null
  // An extended code has the plain one in its lowest byte.
  return extendedKinds.get(errcode) ?? kinds.get(errcode & 0xff) ?? null
}

const systemFaults = new Set(['EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'EFBIG', 'ENOENT', 'ESTALE', 'EMFILE', 'ENFILE'])

/** Whether an error of the system is the disk's. */
export function isSystemFault(error: unknown): boolean {
  return systemFaults.has(codeOf(error))
}
