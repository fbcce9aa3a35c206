import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { keyBytes } from '../../signing/ed25519-signer.ts'
import {
  firstRing,
  type KeyRing,
  parseRing,
  refuseForgetting,
  ringText,
  rotatedRing,
  type SigningKeys,
} from '../../signing/key-ring.ts'
import { StartError } from '../start-errors.ts'
import { sqliteFaultOf } from '../storage/sqlite-fault.ts'
import { nodeSigner } from './node-signer.ts'
import { foundFile, madeFile, replaceFile } from './secret-files.ts'

export const signingKeyFile = 'signing-key.json'
/** How long a change of that file waits for another, in milliseconds. */
const lockMsMax = 10_000

/** A new private key, in base64url. */
export function makeSeed(): string {
  return randomBytes(keyBytes).toString('base64url')
}

/**
 * Reads the signing key in a data folder, with the public keys before it. Makes it on first use, in a file that only its
 * owner can read. Throws an Error when the file is damaged.
 */
export function loadRing(folder: string, now: number): KeyRing {
  return foundRing(folder) ?? madeRing(folder, firstRing(nodeSigner, makeSeed(), now))
}

/** The same where there is a file; else null. */
export function foundRing(folder: string): KeyRing | null {
  const text = foundFile(join(folder, signingKeyFile))
  return text === null ? null : readRing(text)
}

/**
 * Gives the ring with a private key as the present one, and stores it: another one than before is a rotation, which the
 * former key signs. Of a former key the ring stays as it is. `heed` may throw, before anything is stored. Throws an Error when
 * the file is damaged, and where the key of the log's newest proof (`newestKey`) would be forgotten. `now`: as in `rotatedRing`.
 */
export function ringWith(
  folder: string,
  seed: string,
  now: number,
  heed: (keys: SigningKeys) => void = () => {},
  newestKey: string | null = null,
): KeyRing {
  const nextOf = (found: KeyRing | null) => {
    const ring = found ?? firstRing(nodeSigner, seed, now)
    const next = rotatedRing(nodeSigner, ring, seed, now)
    refuseForgetting(ring, next, newestKey)
    heed(next.keys)
    return next
  }
  const found = foundRing(folder)
  const next = nextOf(found)
  if (found === null) return madeRing(folder, next)
  // Most starts change nothing, and need no lock.
  return next === found ? found : changeRing(folder, () => nextOf(foundRing(folder)))
}

/**
 * Stores the ring that `change` gives. Of several processes at once, each reads what the one before has stored: a key that was told
 * to somebody is never replaced by one that does not follow from it. Throws a StartError where another takes too long.
 */
export function changeRing(folder: string, change: () => KeyRing): KeyRing {
  const database = new DatabaseSync(join(folder, 'signing-key-lock'), { timeout: lockMsMax })
  try {
    // As for the data folder's lock, the system releases it when the process ends in any way.
    database.exec('begin exclusive')
    const ring = change()
    replaceFile(join(folder, signingKeyFile), ringText(ring))
    return ring
  } catch (error) {
    if (sqliteFaultOf(error) !== 'locked') throw error
    throw new StartError(`Another process is changing ${signingKeyFile} in ${folder}. Try again when it has ended.`)
  } finally {
    database.close()
  }
}

function madeRing(folder: string, ring: KeyRing): KeyRing {
  return readRing(madeFile(join(folder, signingKeyFile), ringText(ring)))
}

function readRing(text: string): KeyRing {
  try {
    return parseRing(nodeSigner, text)
  } catch (error) {
    const why = text.trim() === '' ? 'it is empty' : error instanceof Error ? error.message : String(error)
    throw new Error(
      `${signingKeyFile} is damaged (${why}). Put it back from a backup; if there is none, see “A lost key” in docs/operating.md.`,
    )
  }
}
