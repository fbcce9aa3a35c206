import { parentPort, workerData } from 'node:worker_threads'
import { PreparedKeys, type PreparedSlab } from '../../../src/node/push/prepared-keys/prepared-keys.ts'
import type { PushAddress } from '../../../src/push/subscriptions/subscription.ts'

// One of several threads that all want the same records at once; it says which public keys its seals have.

const { slab, addresses, gate } = workerData as {
  slab: PreparedSlab
  addresses: readonly PushAddress[]
  gate: SharedArrayBuffer
}
const prepared = new PreparedKeys(slab)
parentPort?.postMessage('here')
Atomics.wait(new Int32Array(gate), 0, 0)
const used: string[] = []
for (let round = 0; round < 3; round += 1)
  for (const address of addresses) {
    const sealed = prepared.seal(address, Buffer.from('text'))
    if (sealed !== null) used.push(Buffer.from(sealed.subarray(21, 86)).toString('hex'))
    // Some make while others take.
    if (round === 1) prepared.prepare(address)
  }
parentPort?.postMessage(used)
