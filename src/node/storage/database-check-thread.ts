import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { lowerPriority } from '../threads/thread-priority.ts'
import { sqliteFaultOf } from './sqlite-fault.ts'

// Reads every page of the database once, and reports whether all of them are sound.

if (parentPort === null) throw new Error('database-check-thread.ts runs as a worker thread')
lowerPriority()
parentPort.postMessage(isSound(workerData as string))

function isSound(path: string): boolean {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database.prepare('pragma quick_check(1)').get()?.quick_check === 'ok'
  } catch (error) {
    return sqliteFaultOf(error) !== 'damaged'
  } finally {
    database.close()
  }
}
