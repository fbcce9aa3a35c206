import pg from 'pg'
import { expect, test } from 'vitest'
import type { Authority } from '../../../src/auth/editor.ts'
import { PostgresLog, renewEpoch } from '../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../src/store/postgres/postgres-pause.ts'
import { wakeUpChannel } from '../../../src/store/postgres/wake-ups.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { emptyDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { subscriptionsIn } from '../../support/postgres/push-stores.ts'
import { makeInterest } from '../../support/push/push-deps.ts'
import { newAlert, noon } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const note = { reason: 'Wait.', by: 'a', at: noon }
const by: Authority = { editorId: 'a', credential: { by: 'key', hash: 'key of a' }, role: 'admin', at: noon }

/** The stores, and a connection that listens to wake-ups. `received`: the payloads since the last call, in order. */
async function listen() {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(clean, url)
  const stores = {
    ...{ database, log: await PostgresLog.open(database, () => 'epoch1') },
    ...{ editors: new PostgresEditors(database), pauses: new PostgresPause(database) },
  }
  for (const id of ['a', 'b'])
    await stores.editors.add({ id, name: id, role: 'admin', createdAt: noon }, `key of ${id}`)
  const client = new pg.Client({ connectionString: url })
  // The next test ends all connections of the database.
  client.on('error', () => {})
  await client.connect()
  clean(() => client.end())
  let payloads: (string | undefined)[] = []
  const marks = new Map<string, () => void>()
  client.on('notification', ({ channel, payload }) => {
    if (channel === 'mark') marks.get(payload ?? '')?.()
    else payloads.push(payload)
  })
  await client.query(`listen ${wakeUpChannel}`)
  await client.query('listen mark')
  let calls = 0
  const received = async () => {
    calls += 1
    const mark = `m${calls}`
    // Wake-ups come in the order of their commits, so that all before this one have come.
    await new Promise<void>((resolve) => {
      marks.set(mark, resolve)
      void database.once(`select pg_notify('mark', '${mark}')`)
    })
    const all = payloads
    payloads = []
    return all
  }
  return { ...stores, received }
}

test('a pause and its end send a wake-up; one that is refused, or whose editor may not pause, sends no wake-up', async () => {
  const { pauses, editors, received } = await listen()
  await pauses.change(() => ({ languages: ['fa'], topics: [] }), note, by)
  expect(await received()).toEqual(['pause'])
  await pauses.change(() => null, note)
  expect(await received()).toEqual(['pause'])
  const refuse = () => {
    throw new Error('no')
  }
  await expect(pauses.change(refuse, note)).rejects.toThrow('no')
  await editors.revoke('a', noon)
  expect(await received()).toEqual(['editors'])
  await expect(pauses.change(() => null, note, by)).rejects.toMatchObject({ status: 401 })
  expect(await received()).toEqual([])
})

test('the end of a key or a session sends a wake-up; a new one, and a revocation that changes nothing, do not', async () => {
  const { editors, received } = await listen()
  await editors.add({ id: 'c', name: 'C', role: 'writer', createdAt: noon }, 'key of c')
  await editors.openSession('key of c', { tokenHash: 't', now: noon, until: '2036-01-01T00:00:00.000Z', origin: null })
  await expect(editors.revoke('b', noon, { ...by, credential: { by: 'key', hash: 'x' } })).rejects.toThrow()
  expect(await editors.revoke('nobody', noon)).toBe(false)
  expect(await received()).toEqual([])
  await editors.closeSession('t', '2026-03-01T12:00:00.000Z')
  expect(await received()).toEqual(['editors'])
  expect(await editors.revoke('c', noon)).toBe(true)
  expect(await received()).toEqual(['editors'])
})

test('a new entry and a new epoch send a wake-up; a repeated or refused append does not', async () => {
  const { database, log, pauses, received } = await listen()
  await log.append(newAlert('x'), 'key-x')
  expect(await received()).toEqual(['log'])
  await log.append(newAlert('x'), 'key-x')
  await pauses.change(() => ({ languages: [], topics: [] }), note)
  await expect(log.append(newAlert('y'), 'key-y')).rejects.toMatchObject({ code: 'paused' })
  expect(await received()).toEqual(['pause'])
  await renewEpoch(database, 'epoch2')
  expect(await received()).toEqual(['log'])
  await database.once(`update tocsin.log_head set identity = 'elsewhere'`)
  await expect(log.bounds()).rejects.toMatchObject({ kind: 'replaced' })
  expect(await received()).toEqual(['log'])
})

test('no subscription, change of one, or removal sends a wake-up: they are too many', async () => {
  const { database, received } = await listen()
  const store = await subscriptionsIn(database)
  const address = addressOf('https://fcm.googleapis.com/x', makeBrowserKeys())
  const { id, token } = await store.put(
    { ...address, interest: makeInterest(), discreet: false, vapidKeyId: 'k' },
    noon,
  )
  await store.change(id, token, makeInterest({ languages: ['fa'] }), true)
  await store.remove(id, token)
  expect(await received()).toEqual([])
})
