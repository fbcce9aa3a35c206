import { randomBytes } from 'node:crypto'

// Process id, run and thread number, with dots between them: the outbox appends a slash and more.
const run = randomBytes(6).toString('hex')
let made = 0

/** A unique owner name for the leases of a new thread. */
export function newOwner(): string {
  made += 1
  return `${process.pid}.${run}.${made}`
}

/**
 * Whether the owner of a lease has certainly ended: its process does not exist, or its process id is ours now. A
 * process id that another process has got meanwhile looks alive; then the work is due again when the lease ends.
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
