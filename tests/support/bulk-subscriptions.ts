import { mkdirSync } from 'node:fs'
import type { Interest } from '../../src/domain/interest.ts'
import { nodeAddressCrypto } from '../../src/node/push/node-address-encryption.ts'
import { loadSecret, loadVapidKeys } from '../../src/node/push/push-key-files.ts'
import { databasePath } from '../../src/node/storage/data-folder.ts'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../src/push/crypto/address-encryption.ts'
import type { PushAddress } from '../../src/push/subscriptions/subscription.ts'
import type { Sql } from '../../src/store/sql.ts'
import { SqliteSubscriptions } from '../../src/store/sqlite/sqlite-subscriptions.ts'
import { newId } from './push/push-deps.ts'

type Person = { readonly address: PushAddress; readonly interest: Interest }

/** Puts subscriptions straight into a service's data folder, all in one transaction, before it starts. */
export async function importCrowd(dataDir: string, people: Iterable<Person>): Promise<void> {
  mkdirSync(dataDir, { recursive: true })
  const [{ keyId }] = await loadVapidKeys(dataDir)
  const sql = openSqlite(databasePath(dataDir))
  const secret = loadSecret(dataDir)
  const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
  sql.run('begin immediate')
  // What the store does stands within the one transaction that is open already.
  const within: Sql = { ...sql, transaction: (act) => act() }
  const store = new SqliteSubscriptions({ sql: within, addressEncryption, newId })
  const now = '2026-01-01T00:00:00.000Z'
  // Puts that come together share a commit.
  for (const piece of piecesOf(people))
    await Promise.all(
      piece.map(({ address, interest }) =>
        store.put({ ...address, interest, discreet: false, vapidKeyId: keyId }, now),
      ),
    )
  sql.run('commit')
  sql.close()
}

const pieceMax = 10_000

/** Pieces that memory has room for, however many there are. */
function* piecesOf(people: Iterable<Person>): Generator<readonly Person[]> {
  let piece: Person[] = []
  for (const person of people) {
    piece.push(person)
    if (piece.length < pieceMax) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}
