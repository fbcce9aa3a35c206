import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { counted } from '../../domain/plural.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import { codeOf, StartError } from '../start-errors.ts'
import { databasePath } from '../storage/data-folder.ts'
import { startErrorOf } from '../storage/database.ts'
import { backUp } from './backup.ts'
import type { Manifest } from './manifest.ts'
import { type Renewed, renewInPlace, restore } from './restore.ts'

/** What the commands pass to the program. */
export type BackupTask = {
  readonly act: 'backup' | 'restore' | 'renew'
  /** The backup's folder; absent with `renew`. */
  readonly folder?: string
  readonly dataDir: string
  readonly newsroomPath?: string
  /** Print the result as JSON, on one line. */
  readonly json?: boolean
  /** Print only what needs a person. */
  readonly quiet?: boolean
}

/** How often the progress of a long copy is told, in milliseconds. */
const progressMs = 3_000

/** Does the task, prints what came of it, and gives the exit code. */
export async function runTask(task: BackupTask): Promise<number> {
  process.umask(0o077)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  try {
    for (const line of await done(task, stop.signal)) if (!task.quiet) console.log(line)
    return 0
  } catch (error) {
    if (stop.signal.aborted) console.error(`Stopped. ${left[task.act]}`)
    else console.error(sentenceOf(error, task))
    return 1
  }
}

/** SQLITE_IOERR_WRITE, _FSYNC, _DIR_FSYNC and _TRUNCATE (https://sqlite.org/rescode.html). */
const writeErrors: readonly number[] = [778, 1034, 1290, 1546]

const left: Readonly<Record<BackupTask['act'], string>> = {
  backup: 'No backup was made, and nothing of it is left.',
  restore: 'Nothing was restored, and nothing of it is left.',
  renew: 'The log may have a new epoch or not. Run this again.',
}

async function done(task: BackupTask, signal: AbortSignal): Promise<readonly string[]> {
  const { act, dataDir, json = false } = task
  const folder = task.folder ?? ''
  const world = { dataDir, folder, now: Date.now, signal }
  if (act === 'backup') {
    const quiet = json || task.quiet === true
    const manifest = await backUp({
      ...world,
      newsroomPath: task.newsroomPath ?? null,
      tocsinVersion: tocsinVersion(),
      progress: quiet ? () => {} : progressLines(),
      warn: (line) => console.error(line),
    })
    return json ? [JSON.stringify({ folder: resolve(folder), ...manifest })] : backedUp(folder, manifest)
  }
  if (act === 'renew') {
    const renewed = await renewInPlace(world)
    return json ? [JSON.stringify({ dataDir: resolve(dataDir), ...renewed })] : renewedLines(dataDir, renewed)
  }
  const { manifest, lackingKey, ...renewed } = await restore(world)
  if (lackingKey !== null)
    console.error(
      `Warning: the backup has no signing-key.json, and its log was signed last with the key ${lackingKey}. Put that file into ${dataDir}, or set SIGNING_KEY as it was: the service does not start without that key.`,
    )
  return json
    ? [JSON.stringify({ dataDir: resolve(dataDir), ...renewed, manifest })]
    : restored(folder, dataDir, manifest, renewed)
}

function backedUp(folder: string, { files, head, subscriptions }: Manifest): readonly string[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const hasNewsroom = files.some(({ name }) => name === 'newsroom.json')
  return [
    `Backed up  ${folder}`,
    `  ${counted(head, 'entry', 'entries')} of the log, ${counted(subscriptions, 'subscription')}, ${counted(files.length, 'file')}, ${(bytes / 1e6).toFixed(1)} MB; checked`,
    ...(hasNewsroom
      ? []
      : ['  NEWSROOM is not set here, so that the newsroom’s own file, if there is one, is not in it.']),
    '  It contains secrets; keep it as you keep the keys.',
  ]
}

function restored(folder: string, dataDir: string, manifest: Manifest, renewed: Renewed): readonly string[] {
  const newsroom = manifest.files.some(({ name }) => name === 'newsroom.json')
  return [
    `Restored  ${dataDir} from ${folder}, made ${manifest.createdAt}`,
    `  ${counted(renewed.head, 'entry', 'entries')} of the log, ${counted(manifest.subscriptions, 'subscription')}`,
    `  The log’s epoch was ${renewed.formerEpoch} and is ${renewed.epoch}: readers begin anew, and none misses an alert silently.`,
    ...(newsroom
      ? [`  The newsroom’s file is there too. Start the service with NEWSROOM=${dataDir}/newsroom.json.`]
      : []),
  ]
}

function renewedLines(dataDir: string, { formerEpoch, epoch }: Renewed): readonly string[] {
  return [`Renewed  the log of ${dataDir}: its epoch was ${formerEpoch} and is ${epoch}. Readers begin anew.`]
}

/** Tells the progress of a long copy on the standard error. */
function progressLines(): (share: number) => void {
  let toldMs = performance.now()
  return (share) => {
    if (performance.now() - toldMs < progressMs) return
    toldMs = performance.now()
    console.error(`Copied ${Math.floor(share * 100)} % of the database.`)
  }
}

function tocsinVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  return String(Object(manifest).version)
}

/** One line for an error that an operator can meet; others are faults of the program and are thrown. */
function sentenceOf(error: unknown, { act, dataDir, folder }: BackupTask): string {
  if (error instanceof StartError) return error.message
  const writes = act === 'backup' ? folder : dataDir
  const code = codeOf(error)
  const { path = writes } = error as { readonly path?: string }
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code) || (error as { errcode?: number }).errcode === 13
  if (isFull) return `The disk of ${writes} is full. ${left[act]} Make room, and run this again.`
  // The database is only read, so that what cannot be written is the copy.
  if (act === 'backup' && writeErrors.includes((error as { errcode?: number }).errcode ?? 0))
    return `${folder} cannot be written (${(error as Error).message}). ${left[act]} Look at its disk and at the limit of file sizes (ulimit -f), and run this again.`
  if (['EACCES', 'EPERM', 'EROFS'].includes(code))
    return `${path} cannot be read or written (${code}). ${left[act]} Run this as the service’s user, or give the right.`
  const known = startErrorOf(databasePath(dataDir), error)
  if (known !== null || error instanceof StorageFault) return (known ?? (error as Error)).message
  if (code.startsWith('E') && !code.startsWith('ERR_'))
    return `${path} cannot be read or written (${code}). ${left[act]}`
  throw error
}
