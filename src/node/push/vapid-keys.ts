import { createECDH, createHash, type ECDH, randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  keySetText,
  pairsOf,
  turned,
  type VapidKeySet,
  type VapidKeys,
  vapidFormFault,
} from '../../push/crypto/vapid-key-set.ts'

const keyFile = 'vapid.json'
const secretFile = 'push-secret'
const secretBytes = 32
const curve = 'prime256v1'
const privateKeyBytes = 32

/** What is wrong with a pair of VAPID keys, in a sentence, or null. */
export function vapidFault(publicKey: string, privateKey: string): string | null {
  const fault = vapidFormFault(publicKey, privateKey)
  if (fault !== null) return fault
  try {
    const pair = createECDH(curve)
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'))
    return pair.getPublicKey('base64url') === publicKey ? null : 'The VAPID keys are not a pair.'
  } catch {
    return 'The private VAPID key is not a key of the curve P-256.'
  }
}

/** Makes a new pair as `web-push` does, without loading that package in each thread that reads the settings. */
function newPair(): ReturnType<typeof pairTextOf> {
  const pair = createECDH(curve)
  pair.generateKeys()
  return pairTextOf(pair)
}

/** The pair in the form in which it is stored. */
export function pairTextOf(pair: Pick<ECDH, 'getPublicKey' | 'getPrivateKey'>) {
  // Node gives a number without its leading zeros.
  const privateKey = pair.getPrivateKey('hex').padStart(privateKeyBytes * 2, '0')
  return {
    publicKey: pair.getPublicKey('base64url'),
    privateKey: Buffer.from(privateKey, 'hex').toString('base64url'),
  }
}

/** The id of a public key: eight characters of its hash. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(publicKey).digest('base64url').slice(0, 8)
}

/** Checks the given pair. Throws an Error with the sentence of `vapidFault`. */
export function vapidKeysOf(publicKey: string, privateKey: string): VapidKeys {
  const fault = vapidFault(publicKey, privateKey)
  if (fault !== null) throw new Error(fault)
  return { keyId: keyIdOf(publicKey), publicKey, privateKey }
}

/**
 * Reads the keys in a data folder, the present one first. Makes them on first use, in a file that only its owner can
 * read. The file has one pair, or a list of pairs with the newest first. Throws when it is damaged.
 */
export function keptVapidKeys(folder: string): VapidKeySet {
  const text = kept(join(folder, keyFile), () => `${JSON.stringify(newPair())}\n`)
  return keySetOf(text)
}

/**
 * Gives the keys when a present pair is configured. Keys stored in the folder become its older ones. The pair is stored
 * with them, so that configuring another one later is a rotation: the older one still serves those who subscribed with
 * it, and readers change over on their next visit. A key without subscriptions can be removed from the file. Throws
 * when the file is damaged.
 */
export function vapidKeysWith(folder: string, present: VapidKeys): VapidKeySet {
  const path = join(folder, keyFile)
  const keySet = keySetOf(kept(path, () => keySetText([present])))
  if (keySet[0].keyId === present.keyId) return keySet
  const next = turned(keySet, present)
  const draft = draftOf(path, keySetText(next))
  renameSync(draft, path)
  return next
}

function keySetOf(text: string): VapidKeySet {
  const [present, ...older] = keptPairs(text).map(({ publicKey, privateKey }) => vapidKeysOf(publicKey, privateKey))
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
export function keptSecret(folder: string): Uint8Array {
  const text = kept(join(folder, secretFile), () => `${randomBytes(secretBytes).toString('base64url')}\n`)
  const secret = Buffer.from(text.trim(), 'base64url')
  if (secret.length !== secretBytes)
    throw new Error(
      `${join(folder, secretFile)} is damaged: ${secretBytes} bytes in base64url are wanted. Put it back from the backup that the database is from: the stored subscriptions open with it alone.`,
    )
  return secret
}

/** Reads a file, or makes it atomically: two processes that start at the same time end with the same content. */
function kept(path: string, make: () => string): string {
  const read = (): string | null => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }
  const found = read()
  if (found !== null) return found
  const draft = draftOf(path, make())
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  return readFileSync(path, 'utf8')
}

/** Writes a temporary file beside the target, complete and readable by its owner only. Gives its path. */
function draftOf(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  chmodSync(draft, 0o600)
  return draft
}
