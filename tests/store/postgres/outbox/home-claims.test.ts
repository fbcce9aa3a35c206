import { afterAll, expect, test } from 'vitest'
import type { SendingNodes } from '../../../../src/push/outbox/block-homes.ts'
import { blockRowsOf, blocksOf, homesOf } from '../../../../src/push/outbox/block-homes.ts'
import type { Batch } from '../../../../src/push/outbox/outbox.ts'
import { PostgresOutbox } from '../../../../src/store/postgres/outbox/postgres-outbox.ts'
import { PostgresAddresses } from '../../../../src/store/postgres/subscriptions/postgres-addresses.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { generateSubscriptions } from '../../../support/postgres/push-stores.ts'
import { makeAlert, makeEntry, newId } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning(afterAll)
const database = openDatabase(clean, await freshDatabase(clean))
const people = 20_000
await generateSubscriptions(database, people)
const range = { low: 0, high: people }
const rows = blockRowsOf(range)
const blocks = blocksOf(range, rows)
const ids = ['a', 'b', 'c']
const homes = homesOf(blocks, rows, ids)
const blockOf = (rowId: number) => Math.floor((rowId - 1) / rows)
const encryption = { decrypt: async () => ({ endpoint: 'https://fcm.googleapis.com/x', p256dh: 'p', auth: 'a' }) }
const nodesOf = (own: string, present = ids): SendingNodes => ({ count: present.length, own, ids: present })
/** A batch that takes a block at once. */
const wholeBlock = rows
let seq = 0

async function openAlert(): Promise<void> {
  seq += 1
  await outboxOf('opener', () => null).open(makeEntry(seq, makeAlert(Date.now())))
}

function outboxOf(owner: string, nodes: () => SendingNodes | null) {
  const deps = { database, addressEncryption: encryption, pauses: { current: async () => null }, newId, report() {} }
  return new PostgresOutbox({ ...deps, now: Date.now, owner, nodes })
}

/** The blocks of a batch. */
async function blocksIn(batch: Batch | null): Promise<ReadonlySet<number>> {
  const found = await database.all<{ row_id: number }>(
    'select row_id from tocsin.subscriptions where id = any($1::uuid[])',
    (batch?.due ?? []).map(({ subscription }) => subscription.id),
  )
  return new Set(found.map(({ row_id }) => blockOf(row_id)))
}

async function settle(outbox: PostgresOutbox, batch: Batch): Promise<void> {
  const accepted = { result: 'accepted', atMs: Date.now() } as const
  await outbox.settle(
    batch,
    batch.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...accepted })),
  )
}

/** Claims and settles until nothing is due; the blocks in their order. */
async function drain(outbox: PostgresOutbox, limit = 1_000): Promise<readonly number[]> {
  const order: number[] = []
  for (let batch = await outbox.claim(limit); batch !== null; batch = await outbox.claim(limit)) {
    order.push(...(await blocksIn(batch)))
    await settle(outbox, batch)
  }
  return order
}

test('a node claims its own blocks first, whatever else is left, and then those of others', async () => {
  await openAlert()
  const order = await drain(outboxOf('a', () => nodesOf('a')))
  const own = new Set(blocks.filter((_, nth) => homes[nth] === 'a'))
  const firstOther = order.findIndex((block) => !own.has(block))
  expect(new Set(order.slice(0, firstOther))).toEqual(own)
  expect(order.slice(firstOther).filter((block) => own.has(block))).toEqual([])
  expect(new Set(order)).toEqual(new Set(blocks))
})

test('when another node has gone, its blocks are claimed with one’s own', async () => {
  await openAlert()
  let nodes = nodesOf('a')
  const outbox = outboxOf('a', () => nodes)
  const first = await outbox.claim(wholeBlock)
  nodes = nodesOf('a', ['a', 'b'])
  const later = homesOf(blocks, rows, nodes.ids)
  const [taken] = await blocksIn(first)
  const own = blocks.filter((block, nth) => later[nth] === 'a' && block !== taken)
  expect(own.length).toBeGreaterThan(homes.filter((home) => home === 'a').length - 1)
  const order = await drain(outbox, wholeBlock)
  expect(new Set(order.slice(0, own.length))).toEqual(new Set(own))
  if (first !== null) await settle(outbox, first)
})

test('lanes of an older version have no home, and are claimed all the same', async () => {
  await openAlert()
  const entry = '(select max(entry_id) from tocsin.push_entries)'
  await database.once(`delete from tocsin.push_lanes where entry_id = ${entry}`)
  await database.once(`insert into tocsin.push_lanes (entry_id, lane, position, target)
    select ${entry}, lane, lane * 6700, least((lane + 1) * 6700, ${people}) from generate_series(0, 2) as lane`)
  expect(new Set(await drain(outboxOf('b', () => nodesOf('b'))))).toEqual(new Set(blocks))
})

async function prepared(addresses: PostgresAddresses): Promise<readonly number[]> {
  const found: number[] = []
  for (let rowId = 0; ; ) {
    const next = await addresses.after(rowId, 5_000)
    if (next.length === 0) return found
    found.push(...next.map((row) => row.rowId))
    rowId = found.at(-1) ?? 0
  }
}

test('keys are computed in advance for the subscriptions that the node claims first, all of them by some node', async () => {
  const deps = { database, addressEncryption: encryption, part: 0, parts: 1 }
  const found = await Promise.all(
    ids.map((own) => prepared(new PostgresAddresses({ ...deps, nodes: () => nodesOf(own) }))),
  )
  for (const [nth, rowIds] of found.entries())
    expect(new Set(rowIds.map((rowId) => homes[blockOf(rowId)]))).toEqual(new Set([ids[nth]]))
  expect(found.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: people }, (_, nth) => nth + 1))
})

test('when nodes come and go, other keys are computed in advance', async () => {
  let nodes: SendingNodes | null = null
  const addresses = new PostgresAddresses({
    ...{ database, addressEncryption: encryption, part: 0, parts: 1 },
    nodes: () => nodes,
  })
  expect(await prepared(addresses)).toHaveLength(people)
  const { generation } = addresses
  nodes = nodesOf('a')
  expect(await addresses.after(people, 1)).toEqual([])
  expect(addresses.generation).toBeGreaterThan(generation)
  const own = await prepared(addresses)
  expect(own.length).toBeLessThan(people / 2)
  nodes = nodesOf('a', ['a', 'b'])
  expect((await prepared(addresses)).length).toBeGreaterThan(own.length)
})
