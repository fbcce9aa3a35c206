import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { databasePath } from '../../../src/node/storage/data-folder.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
import { ask, spawnNode, startNode } from '../../support/processes/service.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { verifyEntry, type WireEntry } from '../../support/signing/verify-entry.ts'

// A log that nobody has signed yet, as after an upgrade or a restored backup, is signed by a service that is killed meanwhile
// again and again.

const clean = cleaning()
const count = 2_000
const kills = 8
const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

type Store = {
  /** Appends entries as a version that signs nothing does. */
  readonly fill: () => Promise<void>
  /** Up to which entry the log is signed, as it is stored. */
  readonly signed: () => Promise<number>
}

async function fill(log: Pick<SqliteLog, 'append'>): Promise<void> {
  const numbers = Array.from({ length: count }, (_, nth) => nth + 1)
  // At once where a store takes several together.
  for (let at = 0; at < count; at += 100)
    await Promise.all(numbers.slice(at, at + 100).map((number) => log.append(newAlert(id(number)), `k${number}`)))
}

/** The settings of a service, and its store, once a service has made the tables. */
const stores: readonly (readonly [
  name: string,
  make: (folder: string) => Promise<{ env: Readonly<Record<string, string>>; open: () => Promise<Store> }>,
])[] = [
  [
    'SQLite',
    async (folder) => ({
      env: {},
      async open() {
        const sql = openSqlite(databasePath(folder))
        clean(() => sql.close())
        return {
          fill: () => fill(new SqliteLog(sql, 'unwanted')),
          signed: async () => sql.all<{ seq: number }>('select seq from signed')[0]?.seq ?? 0,
        }
      },
    }),
  ],
  [
    'PostgreSQL',
    async () => {
      const url = await freshDatabase(clean)
      return {
        env: onDatabase(url),
        async open() {
          const database = openDatabase(clean, url)
          const log = await PostgresLog.open(database, () => 'unwanted')
          return {
            fill: () => fill(log),
            signed: async () =>
              Number((await database.all<{ seq: number }>('select seq from tocsin.signed'))[0]?.seq ?? 0),
          }
        },
      }
    },
  ],
]

/** Reads all entries of a language: each is proven by the service's key, and follows the one before it. */
async function expectWhole(url: string, language: string): Promise<void> {
  const read = async (path: string) => (await (await ask(url, 'GET', path)).json()) as unknown
  const { signingKeys } = (await read('/v1/newsroom')) as { signingKeys: readonly { readonly publicKey: string }[] }
  const key = createPublicKey({
    ...{ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: signingKeys[0]?.publicKey ?? '' } },
  })
  const { cursor } = (await read(`/v1/alerts?languages=${language}`)) as { cursor: string }
  let [after, prev, seen] = [`${cursor.split('.')[0]}.0`, '', 0]
  for (;;) {
    const page = (await read(`/v1/alerts?languages=${language}&limit=500&after=${after}`)) as {
      readonly cursor: string
      readonly entries: readonly WireEntry[]
    }
    for (const entry of page.entries) {
      const found = verifyEntry(entry, key)
      expect([entry.seq, found.prev]).toEqual([entry.seq, prev])
      prev = found.hash
    }
    seen += page.entries.length
    if (page.cursor === after) break
    after = page.cursor
  }
  expect([language, seen]).toEqual([language, count])
}

test.each(stores)(
  'on %s, killed at any moment, the next start goes on where it was, and each chain is whole',
  async (_, make) => {
    const folder = scratchFolder(clean)
    const { env, open } = await make(folder)
    await (await startNode(folder, env)).end('SIGTERM')
    const store = await open()
    await store.fill()
    const killedAt: number[] = []
    // Each is killed once some more are signed, the last near the end.
    for (let nth = 1; nth <= kills; nth += 1) {
      const upTo = ((nth - 1 + Math.random()) * count) / kills
      const child = spawnNode(folder, env)
      const ended = once(child, 'exit')
      while ((await store.signed()) <= upTo) await new Promise((resolve) => setTimeout(resolve, 1))
      child.kill('SIGKILL')
      await ended
      killedAt.push(await store.signed())
    }
    expect(killedAt.filter((seq) => seq > 0 && seq < count).length, killedAt.join()).toBeGreaterThan(kills / 2)
    const last = await startNode(folder, env)
    clean(() => last.end('SIGKILL'))
    await expect.poll(store.signed, { timeout: 30_000 }).toBe(count)
    for (const language of ['en', 'fa']) await expectWhole(last.url, language)
  },
)
