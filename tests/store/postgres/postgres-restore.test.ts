import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { newEpoch as epochOf } from '../../../src/log/log.ts'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import type { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { migratePostgres } from '../../../src/store/postgres/postgres-migrations.ts'
import { postgresSchemas } from '../../../src/store/postgres/postgres-schemas.ts'
import { openDatabase } from '../../support/postgres/fresh-database.ts'
import { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { createDatabase } from '../../support/postgres/template-database.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning(afterAll)
/** Debian's programs. pg_dump dumps no server that is newer than itself, so that the server is theirs too. */
const bin = globSync('/usr/lib/postgresql/*/bin/pg_dump').map(dirname).sort().at(-1)
const newEpoch = () => epochOf(Math.random(), Date.now())

/** A log of two entries on a server of its own, and a dump of it as docs/operating.md says. */
async function dumped(programs: string) {
  const server = await PostgresServer.start({ bin: programs })
  clean(() => server.remove())
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync(join(programs, program), args, { stdio: 'pipe' })
  await createDatabase(server.url('postgres'), 'live', 'template1')
  const database = openDatabase(clean, server.url('live'))
  await migratePostgres(database, postgresSchemas)
  const log = await PostgresLog.open(database, newEpoch)
  await log.append(newAlert('a'), 'key-a')
  await log.append(newAlert('b'), 'key-b')
  const file = join(scratchFolder(clean), 'tocsin.dump')
  run('pg_dump', '--format=custom', '--schema=tocsin', `--file=${file}`, server.url('live'))
  const restore = (name: string, ...args: readonly string[]) =>
    run('pg_restore', '--exit-on-error', '--single-transaction', ...args, `--dbname=${server.url(name)}`, file)
  return { server, database, log, restore }
}

const boundsOf = async (database: PostgresDatabase) => (await PostgresLog.open(database, newEpoch)).bounds()

test.skipIf(bin === undefined)(
  'a dump that is restored into another database, or over the one that it is from, is a log with a new epoch',
  async () => {
    const { server, database, log, restore } = await dumped(bin ?? '')
    const { epoch } = await log.bounds()
    await createDatabase(server.url('postgres'), 'other', 'template1')
    restore('other')
    const other = await boundsOf(openDatabase(clean, server.url('other')))
    expect(other).toMatchObject({ floor: 1, head: 2 })
    // Opened again it keeps what it was given, and so does the one that was dumped.
    expect(await boundsOf(openDatabase(clean, server.url('other')))).toEqual(other)
    expect(await boundsOf(database)).toEqual({ epoch, floor: 1, head: 2 })

    // No entry is missing: only the table is another one.
    restore('live', '--clean')
    // A node that was not stopped reads and writes nothing under the old epoch.
    await expect(log.after(0, 10)).rejects.toMatchObject({ kind: 'replaced' })
    await expect(log.append(newAlert('d'), 'key-d')).rejects.toMatchObject({ kind: 'replaced' })
    const back = await PostgresLog.open(database, newEpoch)
    const bounds = await back.bounds()
    expect(bounds).toMatchObject({ floor: 1, head: 2 })
    expect(new Set([epoch, other.epoch, bounds.epoch]).size).toBe(3)
    expect((await back.append(newAlert('d'), 'key-d')).seq).toBe(3)
  },
)
