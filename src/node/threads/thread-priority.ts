import { getPriority, platform, setPriority } from 'node:os'

const steps = 5
const lowest = 19

/**
 * Lowers the priority of this thread, so that the thread with the sockets runs first where cores are few. Linux has a
 * priority for each thread (setpriority(2), "C library/kernel differences"). Elsewhere it would apply to the whole
 * process, so nothing is done.
 */
export function lowerPriority(): void {
  if (platform() !== 'linux') return
  setPriority(0, Math.min(lowest, getPriority(0) + steps))
}
