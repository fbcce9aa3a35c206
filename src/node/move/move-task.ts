import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { counted } from '../../domain/plural.ts'
import { formatsOf } from '../../domain/writing/formats.ts'
import { listText } from '../../domain/writing/list-text.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import { keyFile, secretFile } from '../push/push-key-files.ts'
import { signingKeyFile } from '../signing/signing-key-file.ts'
import { StartError } from '../start-errors.ts'
import { databasePath } from '../storage/data-folder.ts'
import { startErrorOf } from '../storage/database.ts'
import { onParentExit } from './end-with-parent.ts'
import { goBack, type WentBack } from './go-back.ts'
import { abortMove, type Moved, moveToPostgres, planMove } from './move.ts'

/** What the command passes to the program. The target is in the environment, because it holds a password. */
export type MoveTask = {
  readonly act: 'move' | 'plan' | 'abort' | 'go-back'
  readonly dataDir: string
  readonly json?: boolean
  readonly quiet?: boolean
  /** To go back: what was published in the target since is given up. */
  readonly yes?: boolean
  /** To go back: the target is gone for good. */
  readonly withoutDatabase?: boolean
}

/** How often the progress of a copy is told, in milliseconds. */
const progressMs = 3_000
/** What a small server on a slow disk copies and compares in a second; for the estimate alone. */
const rowsPerSecond = 10_000

/** Does the task, prints what came of it, and gives the exit code. */
export async function runMoveTask(task: MoveTask, url: string): Promise<number> {
  process.umask(0o077)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  onParentExit(() => stop.abort())
  try {
    const lines = await done(task, url, stop.signal)
    if (!task.quiet) for (const line of lines) console.log(line)
    return 0
  } catch (error) {
    console.error(sentenceOf(error, task))
    return 1
  }
}

async function done(task: MoveTask, url: string, signal: AbortSignal): Promise<readonly string[]> {
  const { act, dataDir, json = false, quiet = false } = task
  const now = Date.now
  if (act === 'abort') {
    const { target } = abortMove(dataDir)
    if (json) return [JSON.stringify({ dataDir: resolve(dataDir), target })]
    return [`Aborted  the move of ${dataDir} to ${target}. The service stores again as before.`]
  }
  if (act === 'go-back') {
    const { yes = false, withoutDatabase = false } = task
    const back = await goBack({ dataDir, url: withoutDatabase ? null : url, discards: yes, now })
    if (json) return [JSON.stringify({ dataDir: resolve(dataDir), target: back.target, discarded: back.discarded })]
    return wentBackLines(back, dataDir)
  }
  if (act === 'plan') return planned(await planMove({ dataDir, url }), dataDir, json)
  const isSilent = json || quiet
  const startedMs = performance.now()
  const moved = await moveToPostgres({
    ...{ dataDir, url, now, signal },
    note: isSilent ? () => {} : (line) => console.error(line),
    progress: isSilent ? () => {} : progressLines(),
  })
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10
  return json ? [JSON.stringify({ ...named(moved, dataDir), seconds })] : movedLines(moved, dataDir, seconds)
}

function wentBackLines({ target, discarded }: WentBack, dataDir: string): readonly string[] {
  return [
    `Taken back  from ${target} to ${dataDir}, with a new epoch: readers begin anew.`,
    discarded === null
      ? '  The database was not asked: what was published there since is not here. See that no node ever starts on it again.'
      : `  Not here: ${counted(discarded, 'entry', 'entries')} published there since, and changes there of subscriptions and keys. No node starts there again.`,
    'Start the service without DATABASE_URL.',
  ]
}

function named({ target, epoch, head, rows }: Moved, dataDir: string) {
  return { dataDir: resolve(dataDir), target, epoch, head, rows, keys: keysOf(dataDir) }
}

function sizeLine({ head, rows }: Moved): string {
  const { subscriptions = 0, editors = 0 } = rows
  return `${counted(head, 'entry', 'entries')} of the log, ${counted(subscriptions, 'subscription')}, ${counted(editors, 'key')} of editors`
}

function planned(moved: Moved, dataDir: string, json: boolean): readonly string[] {
  const all = Object.values(moved.rows).reduce((sum, count) => sum + count, 0)
  const seconds = Math.ceil(all / rowsPerSecond)
  if (json) return [JSON.stringify({ ...named(moved, dataDir), seconds })]
  return [
    `Would move  ${dataDir} to ${moved.target}`,
    `  ${sizeLine(moved)}; ${counted(all, 'row')} in all`,
    `  about ${timeText(seconds)}, during which the service stores nothing`,
    'Nothing was changed.',
  ]
}

function movedLines(moved: Moved, dataDir: string, seconds: number): readonly string[] {
  const { files, settings } = keysOf(dataDir)
  const keys = [
    ...(files.length > 0
      ? [`copy ${inWords(files.map((name) => join(dataDir, name)))} into the DATA_DIR of each`]
      : []),
    ...(settings.length > 0 ? [`set ${settings.join(', ')} to what the old service has`] : []),
  ]
  return [
    `Moved  ${dataDir} to ${moved.target} in ${timeText(seconds)}`,
    `  ${sizeLine(moved)}; every table compared`,
    '  The epoch is the same: readers go on with their cursors, and keys and sessions of editors stay valid.',
    '',
    'Next:',
    `  1. Give every node the same keys: ${keys.join('; ')}.`,
    '  2. Start the nodes with DATABASE_URL, and lead the readers to them.',
    '  3. Stop the old service. Until then it serves the readers it has; it does not start on this folder again.',
  ]
}

const inWords = (names: readonly string[]) => listText(formatsOf({ tag: 'en' }), names)

/** What the nodes need to read the subscriptions: files of the old service, or settings where it has no such file. */
function keysOf(dataDir: string) {
  const has = (name: string) => existsSync(join(dataDir, name))
  return {
    files: [secretFile, keyFile, signingKeyFile].filter(has),
    settings: [
      ...(has(secretFile) ? [] : ['PUSH_SECRET']),
      ...(has(keyFile) ? [] : ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY']),
      ...(has(signingKeyFile) ? [] : ['SIGNING_KEY']),
    ],
  }
}

function timeText(seconds: number): string {
  return seconds < 100 ? `${seconds} s` : counted(Math.ceil(seconds / 60), 'minute')
}

/** Tells the progress of a long copy on the standard error. */
function progressLines(): (done: number, all: number) => void {
  const begunMs = performance.now()
  let toldMs = begunMs
  let first: number | null = null
  return (done, all) => {
    first ??= done
    const nowMs = performance.now()
    if (nowMs - toldMs < progressMs) return
    toldMs = nowMs
    const perSecond = Math.max(1, Math.round(((done - first) * 1_000) / (nowMs - begunMs)))
    const left = timeText(Math.ceil(Math.max(0, all - done) / perSecond))
    console.error(
      `Copied ${Math.floor((done / Math.max(1, all)) * 100)} %: ${counted(done, 'row')}, ${perSecond.toLocaleString('en')} a second; about ${left} to go.`,
    )
  }
}

/** One line for an error that an operator can meet; others are faults of the program and are thrown. */
function sentenceOf(error: unknown, { dataDir }: MoveTask): string {
  if (error instanceof StartError) return error.message
  const known = startErrorOf(databasePath(dataDir), error)
  if (known !== null || error instanceof StorageFault) return (known ?? (error as Error)).message
  throw error
}
