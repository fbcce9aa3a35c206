import { Worker } from 'node:worker_threads'
import { programFile } from '../program.ts'
import type { StorageMonitor } from './storage-monitor.ts'

const threadFile = programFile('storage/database-check-thread')
const everyMs = 10 * 60_000
/** At most one hundredth of the time is spent on the check, whatever the size of the database. */
const restTimes = 100

/**
 * Reads the whole database repeatedly, in a thread, and reports damage to the storage monitor: the connections that
 * write have pages in memory and would not notice that the disk has lost them. Returns a function that ends it.
 */
export function keepChecking(
  path: string,
  storage: Pick<StorageMonitor, 'heed'>,
  first: 'now' | 'later',
  pauseMs = everyMs,
): () => void {
  let worker: Worker | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let ended = false

  function wait(ms: number): void {
    if (ended) return
    timer = setTimeout(check, ms)
    timer.unref()
  }

  function check(): void {
    const from = performance.now()
    worker = new Worker(threadFile, { workerData: path })
    worker.unref()
    worker.on('message', (isSound: boolean) => {
      if (!isSound) storage.heed('damaged')
    })
    // The check itself failed. The other connections meet the same error and report it.
    worker.on('error', () => {})
    worker.once('exit', () => {
      worker = null
      wait(Math.max(pauseMs, restTimes * (performance.now() - from)))
    })
  }

  if (first === 'now') check()
  else wait(pauseMs)
  return () => {
    ended = true
    clearTimeout(timer)
    void worker?.terminate()
  }
}
