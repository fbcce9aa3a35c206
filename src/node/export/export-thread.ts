import { parentPort, workerData } from 'node:worker_threads'
import type { Newsroom } from '../../domain/newsroom.ts'
import { bundleTimeMs } from '../../http/bundle/make-bundle.ts'
import { seedBytes } from '../../signing/key-ring.ts'
import type { PublishedSigning } from '../../signing/statements.ts'
import { nodeSigner } from '../signing/node-signer.ts'
import { openReadStores } from '../stores/read-stores.ts'
import type { StoreAddress } from '../stores/store-address.ts'
import { collectGarbageSoon } from '../threads/heap.ts'
import { lowerPriority } from '../threads/thread-priority.ts'
import { openExportFolder } from './export-folder.ts'
import { ExportLoop, type Ran } from './export-loop.ts'
import { exportInto, isNotSignedYet } from './export-run.ts'
import { failureOf } from './export-words.ts'

// The thread that keeps the folder of EXPORT_DIR up to date, so that rendering and waiting for the disk delay nobody.

/** The thread's workerData. */
export type ExportThreadData = {
  readonly folder: string
  readonly address: StoreAddress
  /** The log's epoch, as it is stored. */
  readonly epoch: string
  readonly newsroom: Newsroom
  readonly signed: PublishedSigning
  /** The private key, in base64url. */
  readonly signingKey: string
  readonly publicUrl: string | null
  /** Whether a thread of this service has written an export into the folder already. */
  readonly isWritten: boolean
}

export type ExportCall = 'wake' | 'stop'

const port = parentPort
if (port === null) throw new Error('export-thread.ts runs as a worker thread')
lowerPriority()
collectGarbageSoon()
const { folder, address, epoch, newsroom, signed, signingKey, publicUrl } = workerData as ExportThreadData
let { isWritten } = workerData as ExportThreadData
const { log, close } = await openReadStores(address, epoch, () => {})
const signer = nodeSigner(seedBytes(signingKey))

const loop = new ExportLoop({
  async state() {
    const bounds = await log.bounds()
    return `${bounds.epoch}.${bounds.head} ${bundleTimeMs(Date.now())}`
  },
  async run(): Promise<Ran> {
    try {
      // It may have been taken away since the start, or a disk was mounted over it.
      openExportFolder(folder, false, isWritten)
      await exportInto(folder, { log, newsroom, signer, signed, publicUrl, now: Date.now })
      isWritten = true
      return { kind: 'done' }
    } catch (error) {
      return isNotSignedYet(error) ? { kind: 'waits' } : { kind: 'failed', why: failureOf(error, folder) }
    }
  },
  told: (ran) => port.postMessage(ran),
  wordsOf: (error) => failureOf(error, folder),
})

port.on('message', (call: ExportCall) => {
  if (call === 'wake') return loop.wake()
  void loop
    .stop()
    .then(close)
    .then(() => port.close())
})
loop.wake()
