import { renameSync } from 'node:fs'
import { Hub } from '../../src/hub/hub.ts'
import { warmUpEpoch } from '../../src/node/streams/warm-up.ts'

// Loaded before the service (`--import`): whoever of its processes next brings an entry from the log to its hub, while
// the arm file is there, dies between the two by SIGKILL. The file's new name is the proof.

const arm = process.env.ARM_FILE

const deliver = Hub.prototype.deliver
Hub.prototype.deliver = function (entry) {
  if (arm !== undefined && this.bounds.epoch !== warmUpEpoch && claims(arm, entry.seq))
    process.kill(process.pid, 'SIGKILL')
  deliver.call(this, entry)
}

/** One process takes the file, and only that one dies. */
function claims(file: string, seq: number): boolean {
  try {
    renameSync(file, `${file}.${process.pid}.${seq}`)
    return true
  } catch {
    return false
  }
}
