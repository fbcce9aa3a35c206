import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { emptyDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { newAlert } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

async function openLog(url: string, connectionsMax = 4) {
  const database = openDatabase(clean, url, { connectionsMax })
  return { database, log: await PostgresLog.open(database, () => 'epoch1') }
}

test('2,000 appends at once from several pools: a reader who polls after its cursor misses none', async () => {
  const { url } = await emptyDatabase(clean)
  const logs = await Promise.all([1, 2, 3, 4].map(() => openLog(url)))
  const { log: reading } = await openLog(url, 1)
  const writing = Promise.all(
    upTo(2_000).map((number) => logs[number % logs.length]?.log.append(newAlert(`a${number}`), `key-${number}`)),
  )
  const seen: number[] = []
  let polls = 0
  while (seen.length < 2_000) {
    for (const { seq } of await reading.after(seen.at(-1) ?? 0, 500)) seen.push(seq)
    polls += 1
    await sleep(5)
  }
  const made = await writing
  expect(seen).toEqual(upTo(2_000))
  expect(polls, 'it read while others wrote').toBeGreaterThan(4)
  expect(made.map((entry) => entry?.seq).toSorted((a, b) => Number(a) - Number(b))).toEqual(upTo(2_000))
})

test('connections that the server ends in the middle of appends lose nothing acknowledged and double nothing', async () => {
  const { url } = await emptyDatabase(clean)
  const { log } = await openLog(url)
  const { database: admin } = await openLog(url, 1)
  const number = 150
  const acknowledged: number[] = []
  let state: 'appending' | 'done' = 'appending'
  const append = async (at: number): Promise<number> => {
    try {
      return (await log.append(newAlert(`a${at}`), `key-${at}`)).seq
    } catch (error) {
      // As a client does: the same again under its key.
      expect(error).toMatchObject({ status: 503 })
      return append(at)
    }
  }
  const appends = Promise.all(upTo(number).map(async (at) => void acknowledged.push(await append(at))))
  let ended = 0
  const ending = (async () => {
    while (state === 'appending') {
      const [row] = await admin.all<{ count: number }>(
        `select count(pg_terminate_backend(pid)) as count from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      )
      ended += row?.count ?? 0
      await sleep(100)
    }
  })()
  await appends
  state = 'done'
  await ending
  expect(ended).toBeGreaterThan(0)
  expect(acknowledged.toSorted((a, b) => a - b)).toEqual(upTo(number))
  expect((await log.after(0, 1_000)).map(({ seq }) => seq)).toEqual(upTo(number))
})

test('a process that is killed in the middle of its appends: what it acknowledged is there, and its keys make no second entry', async () => {
  const { url } = await emptyDatabase(clean)
  const { log } = await openLog(url)
  const program = 'tests/support/postgres/postgres-append-main.ts'
  const child = spawn(process.execPath, [program, url, 'killed', '500'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === 60) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  const before = await log.after(0, 1_000)
  const ids = before.map(({ alert }) => alert.id)
  for (const key of acknowledged) expect(ids).toContain(key)
  expect(before.length).toBeLessThan(500)
  await Promise.all(upTo(500).map((at) => log.append(newAlert(`killed-${at - 1}`), `killed-${at - 1}`)))
  const after = await log.after(0, 1_000)
  expect(after.slice(0, before.length)).toEqual(before)
  expect(after.map(({ seq }) => seq)).toEqual(upTo(500))
  expect(new Set(after.map(({ alert }) => alert.id)).size).toBe(500)
})
