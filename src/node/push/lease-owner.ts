import { randomBytes } from 'node:crypto'

// Process, run and number of the thread: dots between, for the outbox puts a slash behind it.
const run = randomBytes(6).toString('hex')
let made = 0

/** A name for a new thread's loans, like no other. */
export function newOwner(): string {
  made += 1
  return `${process.pid}.${run}.${made}`
}

/**
 * Whether the owner of a loan surely lives no more: its process is not there, or its number is ours by now. A number
 * that another process got meanwhile looks alive; then the lease's end brings the work back.
 */
export function isLostOwner(owner: string): boolean {
  const [pid, ownRun] = owner.split('.')
  if (ownRun === run) return false
  const number = Number(pid)
  if (!Number.isSafeInteger(number) || number < 1 || number === process.pid) return true
  try {
    process.kill(number, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
