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

/** A new pair, as `web-push` makes it; each thread that reads the settings would load that library for this alone. */
function newPair(): ReturnType<typeof pairTextOf> {
  const pair = createECDH(curve)
  pair.generateKeys()
  return pairTextOf(pair)
}

/** A pair as it is kept and given. */
export function pairTextOf(pair: Pick<ECDH, 'getPublicKey' | 'getPrivateKey'>) {
  // A number that begins with zeros is given without them.
  const privateKey = pair.getPrivateKey('hex').padStart(privateKeyBytes * 2, '0')
  return {
    publicKey: pair.getPublicKey('base64url'),
    privateKey: Buffer.from(privateKey, 'hex').toString('base64url'),
  }
}

/** The short name of a public key: eight characters of its hash. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(publicKey).digest('base64url').slice(0, 8)
}

/** The keys as given, checked. Throws an Error with the sentence of `vapidFault`. */
export function vapidKeysOf(publicKey: string, privateKey: string): VapidKeys {
  const fault = vapidFault(publicKey, privateKey)
  if (fault !== null) throw new Error(fault)
  return { keyId: keyIdOf(publicKey), publicKey, privateKey }
}

/**
 * The keys kept in a data folder, the present one first; made on first use; only their owner can read them. The file has
 * one pair, or a list of pairs with the newest first. Throws when they are damaged.
 */
export function keptVapidKeys(folder: string): VapidKeySet {
  const text = kept(join(folder, keyFile), () => `${JSON.stringify(newPair())}\n`)
  return keySetOf(text)
}

/**
 * The keys when a present pair is given: those kept in the folder become its older ones. The pair is kept with them, so
 * that whoever sets another one later has rotated: the former still serves those who subscribed with it, and readers
 * move over on their next visit. A key that nobody is left with can be taken out of the file. Throws when it is damaged.
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

/** The pairs in the file's text. Throws an Error with one line for a text that is none, whatever a parser says of it. */
function keptPairs(text: string): ReturnType<typeof pairsOf> {
  try {
    return pairsOf(text.replace(/^\ufeff/, ''))
  } catch {
    const what = text.trim() === '' ? 'is empty' : 'is damaged'
    throw new Error(`${keyFile} ${what}: ${pairsWanted}`)
  }
}

/** The secret that addresses are closed under and hashed with, kept beside the keys: not in the database. */
export function keptSecret(folder: string): Uint8Array {
  const text = kept(join(folder, secretFile), () => `${randomBytes(secretBytes).toString('base64url')}\n`)
  const secret = Buffer.from(text.trim(), 'base64url')
  if (secret.length !== secretBytes)
    throw new Error(
      `${join(folder, secretFile)} is damaged: ${secretBytes} bytes in base64url are wanted. Put it back from the backup that the database is from: the stored subscriptions open with it alone.`,
    )
  return secret
}

/** Reads a file, or makes it whole: two processes that start together end with the same one. */
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

/** Writes a file beside its place, whole and for its owner only; gives its path. */
function draftOf(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  chmodSync(draft, 0o600)
  return draft
}
