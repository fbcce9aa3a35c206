import { dirname } from 'node:path'
import { Problem } from '../../domain/problem.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import { codeOf, isFull, StartError } from '../start-errors.ts'
import { isNotSignedYet } from './export-run.ts'

/** What a folder of an export may not be, because the export is given away. */
export function besideSecrets(folder: string, dataDir: string): string {
  return `${folder} is, holds or lies within the data folder ${dataDir}, which has secrets. Everything beside an export may be given away with it: give a folder elsewhere.`
}

/** One line for an error that an operator can meet; null for others, which are faults of the program. */
export function sentenceOf(error: unknown, folder: string): string | null {
  if (isNotSignedYet(error))
    return 'The newest entries are not signed yet: the service signs them, at its start or soon after. Start it, and run this again.'
  if (error instanceof StartError || error instanceof Problem || error instanceof StorageFault) return error.message
  const code = codeOf(error)
  const { path: found = folder } = error as { readonly path?: string }
  // A draft has another name each time, and nobody has seen one.
  const path = found.endsWith('.unfinished') ? dirname(found) : found
  if (isFull(error)) return `The disk of ${folder} is full. What was exported before is still there. Make room.`
  if (code === 'EROFS')
    return `${path} is read-only for this program (EROFS). Under systemd, allow the folder with ReadWritePaths=; see docs/operating.md, Mirrors.`
  if (['EACCES', 'EPERM'].includes(code))
    return `${path} cannot be read or written (${code}). Give this user the right.`
  return code.startsWith('E') && (code.startsWith('ERR_FS_') || !code.startsWith('ERR_'))
    ? `${path} cannot be read or written (${code}).`
    : null
}

/** The same for the log of a service, which goes on whatever it is. */
export function failureOf(error: unknown, folder: string): string {
  return sentenceOf(error, folder) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
}
