import { expect, test } from 'vitest'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { newId } from '../../../support/push/push-deps.ts'
import { newAlert } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

// Settings of the database that programs before us may have wanted.

const clean = cleaning()

async function set(url: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const name = url.slice(url.lastIndexOf('/') + 1)
  const database = openDatabase(clean, url)
  for (const [setting, value] of Object.entries(settings))
    await database.once(`alter database ${name} set ${setting} = '${value}'`)
}

test.each([
  { DateStyle: 'SQL, DMY' },
  { DateStyle: 'German' },
  { DateStyle: 'Postgres, MDY', TimeZone: 'Asia/Tehran' },
  { IntervalStyle: 'sql_standard', bytea_output: 'escape', standard_conforming_strings: 'off' },
  { search_path: 'pg_catalog', client_encoding: 'LATIN1', extra_float_digits: '0' },
])('a log gives the same times and texts whatever the database’s settings are: %j', async (settings) => {
  const url = await freshDatabase(clean)
  await set(url, settings)
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, () => 'e', { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
  const at = '2026-11-27T11:23:02.297Z'
  const appended = await log.append(newAlert(newId(), {}, at), 'k')
  expect(appended.at).toBe(at)
  expect((await log.after(0, 9)).map((entry) => entry)).toEqual([appended])
  const [row] = await database.all<{ at: string; bytes: Uint8Array }>(
    `select '2026-01-02T03:04:05.678Z'::timestamptz as at, '\\x00ff5c'::bytea as bytes`,
  )
  expect(row).toMatchObject({ at: '2026-01-02T03:04:05.678Z' })
  expect([...(row?.bytes ?? [])]).toEqual([0, 255, 92])
})

test.each(['serializable', 'repeatable read'])(
  'appends at the same time succeed where %s is the default',
  async (level) => {
    const url = await freshDatabase(clean)
    await set(url, { default_transaction_isolation: level })
    const logs = await Promise.all(
      Array.from({ length: 3 }, () => PostgresLog.open(openDatabase(clean, url), () => 'e')),
    )
    const at = new Date().toISOString()
    const appends = Array.from({ length: 30 }, async (_, index) =>
      (logs[index % 3] as PostgresLog).append(newAlert(newId(), {}, at), `k${index}`),
    )
    const seqs = (await Promise.all(appends)).map(({ seq }) => seq).toSorted((a, b) => a - b)
    expect(seqs).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
  },
)
