import { Worker } from 'node:worker_threads'
import type { StorageMonitor } from './storage-monitor.ts'

const threadFile = new URL('./database-check-thread.ts', import.meta.url)

/** Checks a database that is too large to be checked before the start, in a thread of its own; damage is told to the monitor. */
export function checkDatabase(path: string, storage: Pick<StorageMonitor, 'heed'>): void {
  const worker = new Worker(threadFile, { workerData: path })
  worker.unref()
  worker.on('message', (isSound: boolean) => {
    if (!isSound) storage.heed('damaged')
  })
  // It could not look: what it met is met by the other connections too, which tell of it.
  worker.on('error', () => {})
}
