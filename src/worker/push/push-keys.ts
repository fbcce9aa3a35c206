import { makeSecretText, secretBytes, secretOf } from '../../push/crypto/push-secret.ts'
import {
  keySetText,
  type PushKeys,
  pairsOf,
  placeholderSubject,
  rotated,
  subjectFault,
  subjectOf,
  type VapidKeySet,
} from '../../push/crypto/vapid-key-set.ts'
import { makeVapidKeys, vapidKeysOf } from '../../push/crypto/webcrypto-vapid.ts'
import { migrate, type Schema, type Sql } from '../../store/sql.ts'
import { publicUrlOf, settingMistakes, textSetting } from '../worker-settings.ts'

const schema: Schema = {
  store: 'push keys',
  steps: ['create table push_keys (name text primary key, kept text not null) strict'],
}

const selectKept = 'select kept from push_keys where name = ?'
const saveKept =
  'insert into push_keys (name, kept) values (?, ?) on conflict (name) do update set kept = excluded.kept'

const secretWanted = `PUSH_SECRET: ${secretBytes} bytes in base64url are wanted, such as \`openssl rand -base64 32 | tr '+/' '-_' | tr -d '='\` makes.`

/**
 * The secrets that pushing needs: the Worker's secrets where they are set, else made once and stored here. Former
 * pairs stay in the key set, as on Node. Rejects with an Error that names every mistake in the settings.
 */
export async function pushKeysOf(sql: Sql, settings: Readonly<Record<string, unknown>>): Promise<PushKeys> {
  migrate(sql, schema)
  const mistakes = [...settingMistakes(settings)]
  const subject = textSetting(settings, 'VAPID_SUBJECT') ?? subjectOf(publicUrlOf(settings))
  const fault = subject === null ? null : subjectFault(subject)
  if (fault !== null) mistakes.push(`VAPID_SUBJECT: ${fault}.`)
  const given = await givenPair(settings, mistakes)
  const secretText = textSetting(settings, 'PUSH_SECRET')
  const ownSecret = secretText === null ? null : secretOf(secretText)
  if (secretText !== null && ownSecret === null) mistakes.push(secretWanted)
  if (mistakes.length > 0) throw new Error(`The settings have mistakes. ${mistakes.join(' ')}`)
  const vapidKeys = await keySetWith(sql, given)
  return { vapidKeys, vapidSubject: subject ?? placeholderSubject, secret: ownSecret ?? loadSecret(sql) }
}

type Given = { readonly publicKey: string; readonly privateKey: string }

async function givenPair(settings: Readonly<Record<string, unknown>>, mistakes: string[]): Promise<Given | null> {
  const publicKey = textSetting(settings, 'VAPID_PUBLIC_KEY')
  const privateKey = textSetting(settings, 'VAPID_PRIVATE_KEY')
  if (publicKey === null && privateKey === null) return null
  if (publicKey === null || privateKey === null) {
    mistakes.push('VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY: give both or neither.')
    return null
  }
  try {
    return await vapidKeysOf(publicKey, privateKey)
  } catch (error) {
    mistakes.push(`VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY: ${error instanceof Error ? error.message : error}`)
    return null
  }
}

/** The stored key set, with the given pair as the present one. */
async function keySetWith(sql: Sql, given: Given | null): Promise<VapidKeySet> {
  const text = kept(sql, 'vapid')
  const keySet = await Promise.all((text === null ? [] : pairsOf(text)).map(opened))
  const present = given === null ? (keySet[0] ?? (await makeVapidKeys())) : await opened(given)
  const next = rotated(keySet, present)
  if (keySet[0]?.keyId !== present.keyId) sql.run(saveKept, 'vapid', keySetText(next))
  return next
}

function opened({ publicKey, privateKey }: Given) {
  return vapidKeysOf(publicKey, privateKey)
}

function loadSecret(sql: Sql): Uint8Array {
  const found = kept(sql, 'secret')
  const text = found ?? makeSecretText()
  if (found === null) sql.run(saveKept, 'secret', text)
  const secret = secretOf(text)
  if (secret === null) throw new Error(`The kept push secret is damaged: ${secretBytes} bytes are wanted.`)
  return secret
}

function kept(sql: Sql, name: string): string | null {
  return sql.all<{ kept: string }>(selectKept, name)[0]?.kept ?? null
}
