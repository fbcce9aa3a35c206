import type { StorageFaultKind } from '../../store/storage-fault.ts'
import { codeOf } from '../start-errors.ts'

/** SQLite's result codes (https://sqlite.org/rescode.html) that are about the disk and not about the statement. */
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
  // SQLITE_IOERR_SHORT_READ: the file is shorter than its header says.
  [522, 'damaged'],
  // SQLITE_READONLY_DBMOVED
  [1032, 'replaced'],
])
/** SQLITE_CONSTRAINT_TRIGGER: the only triggers are those of src/store/sqlite/sqlite-move.ts. */
const triggerRefusal = 1811

/** The kind of storage fault of an error of node:sqlite; null for other errors. */
export function sqliteFaultOf(error: unknown): StorageFaultKind | null {
  if (codeOf(error) !== 'ERR_SQLITE_ERROR') return null
  const { errcode } = error as { readonly errcode?: number }
  if (errcode === undefined) return null
  if (errcode === triggerRefusal) return (error as Error).message === 'moved' ? 'moved' : 'moving'
  // The lowest byte of an extended code is the primary code.
  return extendedKinds.get(errcode) ?? kinds.get(errcode & 0xff) ?? null
}

const systemFaults = new Set(['EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'EFBIG', 'ENOENT', 'ESTALE', 'EMFILE', 'ENFILE'])

/** Whether a system error is about the disk. */
export function isSystemFault(error: unknown): boolean {
  return systemFaults.has(codeOf(error))
}
