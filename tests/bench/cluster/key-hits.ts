import { makePreparedSlab, PreparedKeys } from '../../../src/node/push/prepared-keys/prepared-keys.ts'
import type { SendingNodes } from '../../../src/push/outbox/block-homes.ts'
import { PostgresOutbox } from '../../../src/store/postgres/outbox/postgres-outbox.ts'
import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { PostgresAddresses } from '../../../src/store/postgres/subscriptions/postgres-addresses.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import type { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { addressEncryption, subscriptionsIn } from '../../support/postgres/push-stores.ts'
import { createDatabase } from '../../support/postgres/template-database.ts'
import { makeAlert, makeEntry, makeInterest, newId } from '../../support/push/push-deps.ts'

const ids = ['a', 'b', 'c']
const limit = 400
const payload = new Uint8Array(2_048)
/** More than any part takes. */
const limitMs = 600_000
/** As the service reserves them. */
const slotsPerRecord = 1.1
const rowsEach = 200

/** The share of an alert's pushes whose key was computed in advance on the node that sent them. */
export type KeyHits = { readonly without: number; readonly withHomes: number }

/**
 * Three nodes with room for a third of the readers' keys each compute keys in advance, and then claim an alert's pushes at
 * the same pace: without homes, as one node does, and with them.
 */
export async function measureKeyHits(server: PostgresServer, readers: number): Promise<KeyHits> {
  const name = `keys_${Date.now()}`
  await createDatabase(server.url('postgres'), name)
  const url = server.url(name)
  const database = new PostgresDatabase({ url, applicationName: 'bench', connectionsMax: 6, limitMs })
  await subscribe(database, readers)
  const without = await hitShare(database, 1, readers, () => null)
  const withHomes = await hitShare(database, 2, readers, (own) => ({ count: ids.length, own, ids }))
  await database.close()
  return { without, withHomes }
}

async function subscribe(database: PostgresDatabase, readers: number): Promise<void> {
  const store = await subscriptionsIn(database)
  const now = new Date().toISOString()
  const put = (_: unknown, nth: number) => {
    const address = addressOf(`https://fcm.googleapis.com/${nth}`, makeBrowserKeys())
    return store.put({ ...address, interest: makeInterest(), discreet: false, vapidKeyId: 'k1' }, now)
  }
  await Promise.all(Array.from({ length: readers }, put))
  await database.once('analyze tocsin.subscriptions')
}

async function hitShare(
  database: PostgresDatabase,
  seq: number,
  readers: number,
  nodesOf: (own: string) => SendingNodes | null,
): Promise<number> {
  const encryption = await addressEncryption()
  const nodes = ids.map((own) => {
    const known = nodesOf(own)
    const deps = { database, addressEncryption: encryption, nodes: () => known }
    const world = { pauses: { current: async () => null }, now: Date.now, newId, report: fail }
    return {
      outbox: new PostgresOutbox({ ...deps, ...world, owner: own }),
      addresses: new PostgresAddresses({ ...deps, part: 0, parts: 1 }),
      keys: new PreparedKeys(makePreparedSlab(Math.ceil((readers / ids.length) * slotsPerRecord))),
    }
  })
  for (const { addresses, keys } of nodes) await prepareAll(addresses, keys)
  await nodes[0]?.outbox.open(makeEntry(seq, makeAlert(Date.now())))
  for (let working = nodes; working.length > 0; ) {
    const left = await Promise.all(working.map(async (node) => ((await sendBatch(node)) ? [node] : [])))
    working = left.flat()
  }
  const taken = nodes.reduce((sum, { keys }) => sum + keys.taken, 0)
  const all = nodes.reduce((sum, { keys }) => sum + keys.taken + keys.missed, 0)
  if (all !== readers) throw new Error(`${all} of ${readers} pushes were sent`)
  return taken / all
}

async function prepareAll(addresses: PostgresAddresses, keys: PreparedKeys): Promise<void> {
  for (let rowId = 0; ; ) {
    const rows = await addresses.after(rowId, rowsEach)
    for (const row of rows) {
      keys.prepare(await row.open())
      rowId = row.rowId
    }
    if (rows.length === 0) return
  }
}

/** False: nothing was left. */
async function sendBatch({ outbox, keys }: { readonly outbox: PostgresOutbox; readonly keys: PreparedKeys }) {
  const batch = await outbox.claim(limit)
  if (batch === null) return false
  const accepted = { result: 'accepted', atMs: Date.now() } as const
  for (const { subscription } of batch.due) keys.seal(subscription, payload)
  await outbox.settle(
    batch,
    batch.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...accepted })),
  )
  return true
}

function fail(error: unknown): never {
  throw error
}
