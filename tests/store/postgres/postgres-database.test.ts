import { expect, test } from 'vitest'
import { DatabaseBusy } from '../../../src/store/sql.ts'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

async function openCounter(options = {}) {
  const url = await freshDatabase(clean)
  const database = openDatabase(clean, url, options)
  await database.once('create table public.counter (number bigint, at timestamptz, bytes bytea, words text[])')
  await database.once('insert into public.counter (number) values (0)')
  const number = async () => (await database.all<{ number: number }>('select number from public.counter'))[0]?.number
  return { url, database, number }
}

test('values of every kind come back as they went in', async () => {
  const { database } = await openCounter()
  const values = [2 ** 53 - 1, '2026-03-01T12:00:00.123Z', new Uint8Array([0, 255]), ['a', 'b,"c', 'یک']] as const
  await database.once('update public.counter set number = $1, at = $2, bytes = $3, words = $4', ...values)
  const [row] = await database.all('select number, at, bytes, words from public.counter')
  expect(row).toEqual({ number: values[0], at: values[1], bytes: Buffer.from(values[2]), words: values[3] })
})

test('a transaction is whole: what it throws undoes it, and the connection is used again', async () => {
  const { database, number } = await openCounter({ connectionsMax: 1 })
  const failing = database.transaction(async (statements) => {
    expect(await statements.run('update public.counter set number = 5')).toBe(1)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await number()).toBe(0)
  const wrong = database.transaction(async (statements) => {
    await statements.run('update public.counter set number = 5')
    await statements.run('select 1 / 0')
  })
  await expect(wrong).rejects.toMatchObject({ code: '22012' })
  expect(await number()).toBe(0)
  expect(
    await database.transaction(async (it) => it.all('update public.counter set number = 6 returning number')),
  ).toEqual([{ number: 6 }])
  expect(await number()).toBe(6)
})

test('statements that are sent and not awaited belong to the transaction, and the first that fails tells why', async () => {
  const { database, number } = await openCounter()
  await database.transaction(async (statements) => {
    for (let round = 0; round < 10; round += 1) statements.send('update public.counter set number = number + $1', 1)
  })
  expect(await number()).toBe(10)
  const failing = database.transaction(async (statements) => {
    statements.send('update public.counter set number = 50')
    statements.send('select 1 / 0')
    statements.send('update public.counter set number = 60')
  })
  await expect(failing).rejects.toMatchObject({ code: '22012' })
  expect(await number()).toBe(10)
})

test('of two transactions that wait for each other one is run again, and both succeed', async () => {
  const { database, number } = await openCounter()
  await database.once('create table public.other as select 0 as number')
  const tables = ['public.counter', 'public.other']
  let runs = 0
  const add = (order: readonly string[]) =>
    database.transaction(async (statements) => {
      runs += 1
      for (const table of order) {
        await statements.run(`update ${table} set number = number + 1`)
        await statements.run('select pg_sleep(0.1)')
      }
    })
  await Promise.all([add(tables), add(tables.toReversed())])
  expect(runs).toBe(3)
  expect(await number()).toBe(2)
})

test('a lock that another holds for too long is told as that, and nothing is changed', async () => {
  const { database, url, number } = await openCounter()
  const other = openDatabase(clean, url, { limitMs: 3_000 })
  const { promise: held, resolve: hold } = Promise.withResolvers<void>()
  const { promise: free, resolve: release } = Promise.withResolvers<void>()
  const holding = database.transaction(
    async (statements) => {
      await statements.run('update public.counter set number = 1')
      hold()
      await free
    },
    { limitMs: 60_000 },
  )
  await held
  const waiting = other.transaction((statements) => statements.run('update public.counter set number = 2'))
  await expect(waiting).rejects.toBeInstanceOf(DatabaseBusy)
  release()
  await holding
  expect(await number()).toBe(1)
})

test('more callers than connections wait for one, at most as long as the limit', async () => {
  const { database, url } = await openCounter({ connectionsMax: 2 })
  const all = await Promise.all(Array.from({ length: 40 }, (_, at) => database.all('select $1::integer as at', at)))
  expect(all.map(([row]) => row?.at)).toEqual(Array.from({ length: 40 }, (_, at) => at))
  const small = openDatabase(clean, url, { connectionsMax: 1, limitMs: 2_000 })
  const sleeping = small.all('select pg_sleep(1)')
  await expect(small.transaction((statements) => statements.run('select 1'), { limitMs: 100 })).rejects.toMatchObject({
    code: 'database-busy',
  })
  await sleeping
})
