import type { SigningKey } from '../../signing/key-ring.ts'
import { StartError } from '../start-errors.ts'
import { signingKeyFile } from './signing-key-file.ts'

/** What the log and the settings say of keys that this service may not have. */
export type KnownOfKeys = {
  readonly dataDir: string
  /** The id of the key that signed the log's newest proof; null: there is none. */
  readonly newestKey: string | null
  /** The id of a key of which the operator says that it is lost. */
  readonly signingKeyLost: string | null
  /** Whether a node without a key of its own signs with one that follows from the push secret. */
  readonly mayFollowPushSecret?: boolean
}

/**
 * Throws a StartError where the log's newest proof is by a key that is not among these: readers who have seen that key do not
 * follow to another that it has not signed. `keys`: empty where there is none yet.
 */
export function refuseUnknownKey(
  keys: readonly Pick<SigningKey, 'id'>[],
  { dataDir, newestKey, signingKeyLost, mayFollowPushSecret = false }: KnownOfKeys,
): void {
  if (newestKey === null || newestKey === signingKeyLost || keys.some(({ id }) => id === newestKey)) return
  const here = keys.length === 0 ? 'there is no key here' : `the keys here are ${keys.map(({ id }) => id).join(', ')}`
  const secret = mayFollowPushSecret
    ? ' A node without a key of its own signs with one that follows from the push secret: see first whether it has the push secret (PUSH_SECRET, or push-secret in its DATA_DIR) of the other nodes.'
    : ''
  throw new StartError(
    `The log was signed last with the key ${newestKey}, but ${here}. With another key, readers who know that one are told that nothing new can be verified.${secret} Put ${signingKeyFile} back into ${dataDir} from a backup or from another node, or give SIGNING_KEY and SIGNING_KEY_CHAIN as they were or as the other nodes have them. Only if that key is lost for good, start with SIGNING_KEY_LOST=${newestKey}, and tell readers which key is right now (docs/operating.md, “A lost key”).`,
  )
}
