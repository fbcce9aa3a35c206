import type { Newsroom } from '../../domain/newsroom.ts'
import type { Alarms } from '../../push/outbox/alarms.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { programFile } from '../program.ts'
import type { ServiceSigning } from '../signing/service-signing.ts'
import { ConfigMistakes, codeOf, StartError } from '../start-errors.ts'
import type { StoreAddress } from '../stores/store-address.ts'
import { ThreadSupervisor } from '../threads/thread-supervisor.ts'
import { FolderNotReady, openExportFolder, overlaps } from './export-folder.ts'
import type { Ran } from './export-loop.ts'
import { ExportState } from './export-state.ts'
import type { ExportCall, ExportThreadData } from './export-thread.ts'
import { besideSecrets } from './export-words.ts'

const lookMs = 60_000
const threadFile = programFile('export/export-thread')

type Deps = {
  readonly config: Pick<Config, 'exportDir' | 'publicUrl'>
  readonly newsroom: Newsroom
  readonly signing: Pick<ServiceSigning, 'signed' | 'seed'>
  readonly address: StoreAddress
  readonly epoch: string
  readonly logger: Pick<Logger, 'alert' | 'warn' | 'report'>
  readonly alarms: Pick<Alarms, 'raise' | 'end'>
}

/** What keeps the folder of EXPORT_DIR up to date, and how that goes. */
export type ServiceExport = {
  /** Runs since the start, by how they ended. */
  readonly counts: Readonly<Record<'done' | 'failed', number>>
  /** As `ExportState` has it. */
  readonly isOk: boolean
  /** Something may have been appended. */
  wake(): void
  /** Resolves when nothing is written any more. */
  stop(): Promise<void>
}

/**
 * Throws ConfigMistakes where EXPORT_DIR cannot be a folder of an export. What may be over soon, such as a full disk or a
 * missing right, is no such mistake: it is told in the log, and alerts are sent all the same.
 */
export function checkExportDir({ exportDir, dataDir }: Pick<Config, 'exportDir' | 'dataDir'>): void {
  if (exportDir === null) return
  const named = (fault: string) => new ConfigMistakes([`EXPORT_DIR: ${fault}`])
  try {
    if (overlaps(exportDir, dataDir)) throw named(besideSecrets(exportDir, dataDir))
    openExportFolder(exportDir)
  } catch (error) {
    // Such as a disk that is not mounted yet.
    if (error instanceof FolderNotReady) return
    if (error instanceof StartError) throw named(error.message)
    if (['ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EEXIST'].includes(codeOf(error)))
      throw named(`${exportDir} can be no folder (${codeOf(error)})`)
    if (error instanceof ConfigMistakes || codeOf(error) === '') throw error
  }
}

/** Starts the thread; null where EXPORT_DIR is not set. Call in one process of the service. */
export function startExport({ config, newsroom, signing, address, epoch, logger, alarms }: Deps): ServiceExport | null {
  const { exportDir: folder, publicUrl } = config
  if (folder === null) return null
  const state = new ExportState({ folder, logger, alarms, now: Date.now })
  const { counts } = state
  const timer = setInterval(() => state.look(), lookMs)
  timer.unref()
  const { signed, seed: signingKey } = signing
  const thread = new ThreadSupervisor<ExportThreadData, ExportCall, Ran>({
    ...{ file: threadFile, name: 'the thread of the export', now: Date.now, report: logger.report },
    startRun: () => ({
      workerData: { folder, address, epoch, newsroom, signed, signingKey, publicUrl, isWritten: counts.done > 0 },
      onMessage: (ran) => state.told(ran),
      onExit() {},
    }),
  })
  return {
    counts,
    get isOk() {
      return state.isOk
    },
    wake: () => void thread.postMessage('wake'),
    stop() {
      clearInterval(timer)
      return thread.stop()
    },
  }
}
