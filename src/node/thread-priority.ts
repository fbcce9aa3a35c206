import { getPriority, platform, setPriority } from 'node:os'

const steps = 5
const lowest = 19

/**
 * Lets the thread with the sockets go first where cores are few. Linux keeps a priority for each thread (setpriority(2),
 * "C library/kernel differences"); elsewhere it would be the whole process's, and nothing is done.
 */
export function lowerPriority(): void {
  if (platform() !== 'linux') return
  setPriority(0, Math.min(lowest, getPriority(0) + steps))
}
