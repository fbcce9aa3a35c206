import { parentPort, workerData } from 'node:worker_threads'
import type { Batch } from '../../../src/push/outbox/outbox.ts'
import { PostgresOutbox } from '../../../src/store/postgres/outbox/postgres-outbox.ts'
import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { newId } from '../../support/push/push-deps.ts'

// A node that claims as fast as it can. The addresses are not decrypted: that is work of the node, not of the database.

export type ClaimWorkerData = { readonly url: string; readonly name: string; readonly connections: number }
/** Claims batches of at most `limit` until there are none, and settles each at once, with every push accepted. */
export type ClaimTurn = { readonly limit: number }

const { url, name, connections } = workerData as ClaimWorkerData
const database = new PostgresDatabase({ url, applicationName: name, connectionsMax: connections, limitMs: 30_000 })
const address = { endpoint: 'https://fcm.googleapis.com/x', p256dh: 'p', auth: 'a' }
const outbox = new PostgresOutbox({
  ...{ database, owner: name, now: Date.now, newId },
  addressEncryption: { decrypt: async () => address },
  pauses: { current: async () => null },
  report(error) {
    throw error
  },
})

async function settle(batch: Batch): Promise<void> {
  const accepted = { result: 'accepted', atMs: Date.now() } as const
  await outbox.settle(
    batch,
    batch.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...accepted })),
  )
}

async function run({ limit }: ClaimTurn): Promise<number> {
  let pushes = 0
  const one = async () => {
    for (let batch = await outbox.claim(limit); batch !== null; batch = await outbox.claim(limit)) {
      pushes += batch.due.length
      await settle(batch)
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  return pushes
}

parentPort?.on('message', async (turn: ClaimTurn | 'stop') => {
  if (turn !== 'stop') return parentPort?.postMessage(await run(turn))
  await database.close()
  parentPort?.close()
})
parentPort?.postMessage('ready')
