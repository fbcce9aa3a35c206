import { SendRing } from '../../../src/node/streams/io-uring/send-ring.ts'

/** Whether this machine has io_uring: containers often forbid it. */
export const wakeHere = isThere()

function isThere(): boolean {
  try {
    SendRing.open().close()
    return true
  } catch {
    return false
  }
}
