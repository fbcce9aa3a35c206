import { join } from 'node:path'
import { makeSecretText, secretBytes, secretOf } from '../../push/crypto/push-secret.ts'
import { keySetText, pairsOf, rotated, type VapidKeySet, type VapidKeys } from '../../push/crypto/vapid-key-set.ts'
import { makeVapidKeys, vapidKeysOf } from '../../push/crypto/webcrypto-vapid.ts'
import { foundFile, madeFile, replaceFile } from '../signing/secret-files.ts'

export const keyFile = 'vapid.json'
export const secretFile = 'push-secret'

/**
 * Reads the keys in a data folder, the present one first. Makes them on first use, in a file that only its owner can
 * read. The file has one pair, or a list of pairs with the newest first. Rejects when it is damaged.
 */
export async function loadVapidKeys(folder: string): Promise<VapidKeySet> {
  const path = join(folder, keyFile)
  const text = foundFile(path) ?? madeFile(path, keySetText([await makeVapidKeys()]))
  return keySetOf(text)
}

/**
 * Gives the keys when a present pair is configured. Keys stored in the folder become its older ones. The pair is stored
 * with them, so that configuring another one later is a rotation: the older one still serves those who subscribed with
 * it, and readers change over on their next visit. A key without subscriptions can be removed from the file. Rejects
 * when the file is damaged.
 */
export async function vapidKeysWith(folder: string, present: VapidKeys): Promise<VapidKeySet> {
  const path = join(folder, keyFile)
  const keySet = await keySetOf(foundFile(path) ?? madeFile(path, keySetText([present])))
  if (keySet[0].keyId === present.keyId) return keySet
  const next = rotated(keySet, present)
  replaceFile(path, keySetText(next))
  return next
}

async function keySetOf(text: string): Promise<VapidKeySet> {
  const pairs = keptPairs(text)
  const [present, ...older] = await Promise.all(pairs.map((it) => vapidKeysOf(it.publicKey, it.privateKey)))
  if (present === undefined) throw new Error(`${keyFile} is an empty list: ${pairsWanted}`)
  return [present, ...older]
}

const pairsWanted =
  '{"publicKey":"…","privateKey":"…"} is wanted, or a list of such pairs. Put it back from a backup; if there is none, take it away, and a new pair is made (readers must then subscribe anew).'

/** Parses the file's pairs. Throws an Error with one line for any invalid text. */
function keptPairs(text: string): ReturnType<typeof pairsOf> {
  try {
    return pairsOf(text.replace(/^\ufeff/, ''))
  } catch {
    const what = text.trim() === '' ? 'is empty' : 'is damaged'
    throw new Error(`${keyFile} ${what}: ${pairsWanted}`)
  }
}

/**
 * Reads or makes the secret that addresses are encrypted and hashed with. It is stored beside the keys, not in the
 * database.
 */
export function loadSecret(folder: string): Uint8Array {
  const path = join(folder, secretFile)
  const secret = secretOf(foundFile(path) ?? madeFile(path, `${makeSecretText()}\n`))
  if (secret === null)
    throw new Error(
      `${path} is damaged: ${secretBytes} bytes in base64url are wanted. Put it back from the backup that the database is from: the stored subscriptions open with it alone.`,
    )
  return secret
}
