import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openSource } from '../../../src/node/move/move-source.ts'
import { databasePath } from '../../../src/node/storage/data-folder.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { compareAll, isSame } from '../../../src/store/move/comparison.ts'
import { readPostgresMove } from '../../../src/store/move/postgres-move.ts'
import { readMove } from '../../../src/store/sqlite/sqlite-move.ts'
import { openDatabase } from '../../support/postgres/fresh-database.ts'
import { cleaning } from '../../support/scratch.ts'
import { nodeOn, stopped } from '../../support/storage/moved-folder.ts'

const clean = cleaning()
const program = fileURLToPath(new URL('../../../src/node/move/main.ts', import.meta.url))
const readers = 60_000

/** Subscriptions whose addresses nobody can decrypt: what counts is that they are there. */
function addReaders(dataDir: string): void {
  const sql = openSqlite(databasePath(dataDir))
  sql.run(`insert into subscriptions (id, endpoint_hash, address_hash, address, token_hash, interest_id, discreet, vapid_key_id,
      created_at, host)
    with recursive nth (n) as (select 1 union all select n + 1 from nth where n < ${readers})
    select substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(h, 13, 3) || '-8' || substr(h, 16, 3) || '-' || substr(h, 19, 12),
      randomblob(32), randomblob(32), randomblob(330), randomblob(32), 1, 0, 'k1', '2026-01-01T00:00:00.000Z', 'fcm.googleapis.com'
    from (select lower(hex(randomblob(15))) as h from nth)`)
  sql.close()
}

test('a move that is killed again and again ends with the same rows, each copied once', async () => {
  const used = await stopped(clean)
  addReaders(used.dataDir)
  const database = openDatabase(clean, used.url)
  const positions: string[] = []
  for (let nth = 1; ; nth += 1) {
    const asked = JSON.stringify({ act: 'move', dataDir: used.dataDir })
    const child = spawn(process.execPath, [program, asked], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, DATABASE_URL: used.url },
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    const ended = once(child, 'exit')
    // Later and later, so that every part is reached on a slow machine too.
    const kill = sleep(600 + Math.random() * 400 * nth).then(() => child.kill('SIGKILL'))
    const [code] = await ended
    await kill
    if (code !== null) {
      expect(code, said).toBe(0)
      break
    }
    const begun = await readPostgresMove(database)
    positions.push(begun === null ? 'none' : `${begun.part} ${begun.after}`)
  }
  // It went on where it was.
  expect(new Set(positions.filter((it) => it !== 'none' && it !== '0 0')).size).toBeGreaterThan(2)
  const source = openSource(used.dataDir)
  clean(() => source.close())
  expect(readMove(source)?.state).toBe('moved')
  const compared = await compareAll(source, database, (text) => createHash('sha256').update(text).digest('hex'))
  expect(compared.filter((it) => !isSame(it))).toEqual([])
  expect(compared.find(({ name }) => name === 'subscriptions')?.target.rows).toBe(readers + 60)
  expect((await (await nodeOn(clean, used)).log.bounds()).head).toBe(6)
})

test('a move whose command is killed stops, and the service stores again: who kills it means all of it', async () => {
  const used = await stopped(clean)
  addReaders(used.dataDir)
  const asked = JSON.stringify({ act: 'move', dataDir: used.dataDir })
  const command = `require('node:child_process').spawn(process.execPath, ${JSON.stringify([program, asked])}, { stdio: 'inherit' })`
  const child = spawn(process.execPath, ['-e', command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DATABASE_URL: used.url },
  })
  let said = ''
  const begun = Promise.withResolvers<void>()
  child.stderr.on('data', (chunk) => {
    said += chunk
    if (said.includes('nothing new is stored')) begun.resolve()
  })
  await begun.promise
  child.kill('SIGKILL')
  // The program that does the work has the other end.
  await once(child.stderr, 'close')
  const source = openSource(used.dataDir)
  clean(() => source.close())
  expect(readMove(source)?.state).not.toBe('moved')
  expect(said).toMatch(/stopped|stores again/i)
})
