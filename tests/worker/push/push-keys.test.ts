import { expect, test } from 'vitest'
import webPush from 'web-push'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { placeholderSubject } from '../../../src/push/crypto/vapid-key-set.ts'
import { pushKeysOf } from '../../../src/worker/push/push-keys.ts'

const made = () => openSqlite(':memory:')

function given() {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys()
  return { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }
}

test('without settings, keys and secret are made once and kept', async () => {
  const sql = made()
  const keys = await pushKeysOf(sql, {})
  expect(keys.secret).toHaveLength(32)
  expect(keys.vapidKeys).toHaveLength(1)
  expect(keys.vapidSubject).toBe(placeholderSubject)
  expect(await pushKeysOf(sql, {})).toEqual(keys)
  expect(await pushKeysOf(made(), {})).not.toEqual(keys)
})

test('a given pair goes before the former ones, which stay, also when it is not given any more', async () => {
  const sql = made()
  const [first] = (await pushKeysOf(sql, {})).vapidKeys
  const [second, third] = [given(), given()]
  const ids = async (settings: object) =>
    (await pushKeysOf(sql, { ...settings })).vapidKeys.map(({ publicKey }) => publicKey)
  expect(await ids(second)).toEqual([second.VAPID_PUBLIC_KEY, first.publicKey])
  expect(await ids(third)).toEqual([third.VAPID_PUBLIC_KEY, second.VAPID_PUBLIC_KEY, first.publicKey])
  expect(await ids({})).toEqual([third.VAPID_PUBLIC_KEY, second.VAPID_PUBLIC_KEY, first.publicKey])
  expect(await ids(second)).toEqual([second.VAPID_PUBLIC_KEY, third.VAPID_PUBLIC_KEY, first.publicKey])
})

test('a given secret is used and not kept', async () => {
  const sql = made()
  const PUSH_SECRET = Buffer.alloc(32, 7).toString('base64url')
  expect(Buffer.from((await pushKeysOf(sql, { PUSH_SECRET })).secret)).toEqual(Buffer.alloc(32, 7))
  expect(JSON.stringify(sql.all('select * from push_keys'))).not.toContain(PUSH_SECRET)
})

test('the https address of the service stands for a subject', async () => {
  const PUBLIC_URL = 'https://alerts.example'
  expect((await pushKeysOf(made(), { PUBLIC_URL })).vapidSubject).toBe(PUBLIC_URL)
  expect((await pushKeysOf(made(), { PUBLIC_URL, VAPID_SUBJECT: 'mailto:a@b.example' })).vapidSubject).toBe(
    'mailto:a@b.example',
  )
  for (const here of ['http://localhost:8787', 'https://localhost', 'https://intern'])
    expect((await pushKeysOf(made(), { PUBLIC_URL: here })).vapidSubject).toBe(placeholderSubject)
})

test('all mistakes are named at once, and no secret with them', async () => {
  const settings = {
    VAPID_SUBJECT: 'nobody',
    VAPID_PUBLIC_KEY: given().VAPID_PUBLIC_KEY,
    VAPID_PRIVATE_KEY: given().VAPID_PRIVATE_KEY,
    PUSH_SECRET: 'short',
    ADMIN_KEY: 'a key with spaces in it, hunter2',
    METRICS_KEY: 'hunter2\n',
    PUBLIC_URL: 'https://user:hunter2@alerts.example',
  }
  const error = await pushKeysOf(made(), settings).catch(String)
  for (const name of ['VAPID_SUBJECT', 'not a pair', 'PUSH_SECRET: 32 bytes']) expect(error).toContain(name)
  for (const name of ['ADMIN_KEY: only letters', 'METRICS_KEY: only letters', 'PUBLIC_URL: no user name'])
    expect(error).toContain(name)
  expect(error).not.toContain('hunter2')
  expect(error).not.toContain(settings.VAPID_PRIVATE_KEY)
  await expect(pushKeysOf(made(), { VAPID_PUBLIC_KEY: settings.VAPID_PUBLIC_KEY })).rejects.toThrow('both or neither')
})
