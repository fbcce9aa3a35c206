import { Worker } from 'node:worker_threads'
import { programFile } from '../program.ts'
import type { StorageMonitor } from './storage-monitor.ts'

const threadFile = programFile('storage/database-check-thread')
const everyMs = 10 * 60_000
/** Of the time at most one hundredth is spent on it, however large the database is. */
const restTimes = 100

/**
 * Reads the whole database again and again, in a thread of its own, and tells the monitor of damage: the connections that
 * write have their pages in memory and would go on long after the disk has lost them. Gives what ends it.
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
    // It could not look: what it met is met by the other connections too, which tell of it.
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
