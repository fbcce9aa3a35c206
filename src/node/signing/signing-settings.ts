import { hkdfSync } from 'node:crypto'
import { keyBytes } from '../../signing/ed25519-signer.ts'
import { firstRing, givenRing, type KeyRing, type Signing, type SigningKey, signingOf } from '../../signing/key-ring.ts'
import type { Config } from '../config.ts'
import { StartError } from '../start-errors.ts'
import { nodeSigner } from './node-signer.ts'
import { foundRing, loadRing, ringWith } from './signing-key-file.ts'
import { refuseUnknownKey } from './unknown-key.ts'

type Settings = Pick<Config, 'dataDir' | 'signingKey' | 'signingKeyChain' | 'signingKeyLost'>

/**
 * What signs on one machine: SIGNING_KEY, else the key of the data folder, which is made where there is none.
 * `newestKey`: the id of the key of the log's newest proof. `now`: not before the newest entry (`rotatedRing`). Throws a StartError, also where that key is not known here, before
 * anything is stored.
 */
export function openSigning(settings: Settings, now: number, newestKey: string | null = null): Signing {
  const { dataDir, signingKey, signingKeyChain } = settings
  const heed = (keys: readonly SigningKey[]) => refuseUnknownKey(keys, { ...settings, newestKey })
  return opened(() => {
    if (signingKey !== null && signingKeyChain === null) return ringWith(dataDir, signingKey, now, heed, newestKey)
    const ring = signingKey === null ? foundRing(dataDir) : givenRing(nodeSigner, signingKey, signingKeyChain ?? '')
    heed(ring?.keys ?? [])
    return ring ?? loadRing(dataDir, now)
  })
}

/**
 * What signs on a node of several: SIGNING_KEY, else the key of this node's data folder, else one that follows from the
 * push secret, which all nodes have. Nothing is stored, because a statement that one node made would be unknown to the
 * others. Throws a StartError, also where `newestKey` (`openSigning`) is not known here.
 */
export function openSharedSigning(
  settings: Settings,
  pushSecret: Uint8Array,
  newestKey: string | null = null,
): Signing {
  return opened(() => {
    const ring = sharedRing(settings, pushSecret)
    refuseUnknownKey(ring.keys, { ...settings, newestKey, mayFollowPushSecret: true })
    return ring
  })
}

function sharedRing({ dataDir, signingKey, signingKeyChain }: Settings, pushSecret: Uint8Array): KeyRing {
  if (signingKey !== null && signingKeyChain !== null) return givenRing(nodeSigner, signingKey, signingKeyChain)
  const kept = foundRing(dataDir)
  if (signingKey === null) return kept ?? firstRing(nodeSigner, sharedSeed(pushSecret), null)
  return ringOfGiven(kept, signingKey)
}

/** A stored ring where it has a private key, also as a former one: its present key signs then. Else that key alone. */
export function ringOfGiven(kept: KeyRing | null, seed: string): KeyRing {
  const ring = firstRing(nodeSigner, seed, null)
  return kept?.keys.some(({ id }) => id === ring.keys[0].id) ? kept : ring
}

/** The private key that follows from a push secret (RFC 5869), in base64url. */
export function sharedSeed(pushSecret: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', pushSecret, new Uint8Array(), 'tocsin signing key', keyBytes)).toString(
    'base64url',
  )
}

function opened(ring: () => KeyRing): Signing {
  try {
    return signingOf(nodeSigner, ring())
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(`The signing key cannot be used: ${error instanceof Error ? error.message : error}`)
  }
}
