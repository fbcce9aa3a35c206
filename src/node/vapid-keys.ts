import { createECDH, createHash, randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import webPush from 'web-push'
import { z } from 'zod'

/** A VAPID key pair in base64url, and the short name that subscriptions remember it by. */
export type VapidKeys = { readonly keyId: string; readonly publicKey: string; readonly privateKey: string }

/** Our keys: the one that browsers subscribe with now, then those that still serve. */
export type VapidKeyRing = readonly [VapidKeys, ...VapidKeys[]]

const keyFile = 'vapid.json'
const secretFile = 'push-secret'
const secretBytes = 32
const curve = 'prime256v1'

const pairSchema = z.strictObject({ publicKey: z.string(), privateKey: z.string() })
const fileSchema = z.union([pairSchema, z.array(pairSchema)])

/** What is wrong with a pair of VAPID keys, in a sentence, or null. */
export function vapidFault(publicKey: string, privateKey: string): string | null {
  if (!/^[A-Za-z0-9_-]{87}$/.test(publicKey)) return 'The public VAPID key is not 65 bytes in base64url.'
  if (!/^[A-Za-z0-9_-]{43}$/.test(privateKey)) return 'The private VAPID key is not 32 bytes in base64url.'
  try {
    const pair = createECDH(curve)
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'))
    return pair.getPublicKey('base64url') === publicKey ? null : 'The VAPID keys are not a pair.'
  } catch {
    return 'The private VAPID key is not a key of the curve P-256.'
  }
}

/**
 * What is wrong with a VAPID subject, in a sentence, or null. Push services write to it when something goes wrong;
 * Apple refuses localhost, spaces and angle brackets.
 */
export function subjectFault(subject: string): string | null {
  const wanted = 'A mailto: or https: address of yours is wanted, such as mailto:desk@news.example.'
  if (/[\s<>]/.test(subject) || !URL.canParse(subject)) return wanted
  const { protocol, hostname, pathname } = new URL(subject)
  if (protocol === 'mailto:') return /^[^@]+@[^@]+\.[^@.]+$/.test(pathname) ? null : wanted
  return protocol === 'https:' && hostname.includes('.') && !hostname.endsWith('.localhost') ? null : wanted
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
export function keptVapidKeys(folder: string): VapidKeyRing {
  const text = kept(join(folder, keyFile), () => `${JSON.stringify(webPush.generateVAPIDKeys())}\n`)
  return ringOf(text)
}

/**
 * The keys when a present pair is given: those kept in the folder become its older ones. The pair is kept with them, so
 * that whoever sets another one later has rotated: the former still serves those who subscribed with it, and readers
 * move over on their next visit. A key that nobody is left with can be taken out of the file. Throws when it is damaged.
 */
export function vapidKeysWith(folder: string, present: VapidKeys): VapidKeyRing {
  const path = join(folder, keyFile)
  const ring = ringOf(kept(path, () => textOf([present])))
  if (ring[0].keyId === present.keyId) return ring
  const turned: VapidKeyRing = [present, ...ring.filter(({ keyId }) => keyId !== present.keyId)]
  const draft = draftOf(path, textOf(turned))
  renameSync(draft, path)
  return turned
}

function ringOf(text: string): VapidKeyRing {
  const file = fileSchema.parse(JSON.parse(text))
  const pairs = Array.isArray(file) ? file : [file]
  const [present, ...older] = pairs.map(({ publicKey, privateKey }) => vapidKeysOf(publicKey, privateKey))
  if (present === undefined) throw new Error(`${keyFile} is an empty list: at least one pair is wanted.`)
  return [present, ...older]
}

function textOf(ring: readonly VapidKeys[]): string {
  const pairs = ring.map(({ publicKey, privateKey }) => ({ publicKey, privateKey }))
  return `${JSON.stringify(pairs.length === 1 ? pairs[0] : pairs, null, 2)}\n`
}

/** The secret that addresses are closed under and hashed with, kept beside the keys: not in the database. */
export function keptSecret(folder: string): Uint8Array {
  const text = kept(join(folder, secretFile), () => `${randomBytes(secretBytes).toString('base64url')}\n`)
  const secret = Buffer.from(text.trim(), 'base64url')
  if (secret.length !== secretBytes)
    throw new Error(`${join(folder, secretFile)} is damaged: ${secretBytes} bytes are wanted.`)
  return secret
}

/** Reads a file, or makes it whole: two processes that start together end with the same one. */
function kept(path: string, make: () => string): string {
  const read = (): string | null => {
    try {
      return readFileSync(path, 'utf8')
    } catch (trouble) {
      if ((trouble as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw trouble
    }
  }
  const found = read()
  if (found !== null) return found
  const draft = draftOf(path, make())
  try {
    linkSync(draft, path)
  } catch (trouble) {
    if ((trouble as NodeJS.ErrnoException).code !== 'EEXIST') throw trouble
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
