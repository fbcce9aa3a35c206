import { SendRing } from '../../src/node/send-ring.ts'

/** Whether this machine has io_uring: containers often forbid it. */
export const ringHere = isThere()

function isThere(): boolean {
  try {
    SendRing.open().close()
    return true
  } catch {
    return false
  }
}
