import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import { secretOf } from '../../../push/crypto/push-secret.ts'
import type { PushKeys, VapidKeySet } from '../../../push/crypto/vapid-key-set.ts'
import { rotated } from '../../../push/crypto/vapid-key-set.ts'
import { vapidKeysOf } from '../../../push/crypto/webcrypto-vapid.ts'
import type { PostgresDatabase } from '../../../store/postgres/postgres-database.ts'
import {
  hasPostgresCanary,
  registeredVapidKey,
  verifyPostgresSecret,
} from '../../../store/postgres/subscriptions/postgres-secret-canary.ts'
import type { Config } from '../../config.ts'
import { nodeAddressCrypto } from '../../push/node-address-encryption.ts'
import { keyFile, loadSecret, loadVapidKeys, secretFile } from '../../push/push-key-files.ts'
import { contactOf } from '../../push/vapid-settings.ts'
import { StartError } from '../../start-errors.ts'
import { openDataFolder } from '../../storage/data-folder.ts'

type Settings = Pick<
  Config,
  'dataDir' | 'vapidPublicKey' | 'vapidPrivateKey' | 'vapidSubject' | 'publicUrl' | 'pushSecret'
>

/**
 * The keys and the secret of pushing, which are the same on every node: from the settings, or from the files in this node's
 * data folder. Only the first node of a new database makes them. Rejects with a StartError on a node that lacks them, because
 * keys of its own would be of no use to the readers of the others.
 */
export async function sharedPushKeys(
  settings: Settings,
  database: PostgresDatabase,
  note: (line: string) => void,
): Promise<PushKeys> {
  const { dataDir, pushSecret } = settings
  const isInUse = await hasPostgresCanary(database)
  const missing = missingOf(settings)
  if (missing.length > 0 && isInUse) throw lacking(missing)
  try {
    if (missing.length > 0) openDataFolder(dataDir)
    const secret = (pushSecret === null ? null : secretOf(pushSecret)) ?? loadSecret(dataDir)
    const vapidKeys = await vapidKeysIn(settings)
    if (!isInUse) await claim(database, { secret, vapidKeyId: vapidKeys[0].keyId, dataDir, made: missing, note })
    return { vapidKeys, vapidSubject: contactOf(settings, note), secret }
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(`The push keys cannot be used: ${error instanceof Error ? error.message : error}`)
  }
}

/** The files that this node needs and does not have. */
function missingOf({ dataDir, pushSecret, vapidPublicKey }: Settings): readonly string[] {
  const wanted = [...(pushSecret === null ? [secretFile] : []), ...(vapidPublicKey === null ? [keyFile] : [])]
  return wanted.filter((name) => !existsSync(join(dataDir, name)))
}

async function vapidKeysIn({ dataDir, vapidPublicKey, vapidPrivateKey }: Settings): Promise<VapidKeySet> {
  if (vapidPublicKey === null || vapidPrivateKey === null) return loadVapidKeys(dataDir)
  const present = await vapidKeysOf(vapidPublicKey, vapidPrivateKey)
  // Older pairs, which still serve those who subscribed with them, are in the file.
  return existsSync(join(dataDir, keyFile)) ? rotated(await loadVapidKeys(dataDir), present) : [present]
}

type Claim = {
  readonly secret: Uint8Array
  readonly vapidKeyId: string
  readonly dataDir: string
  /** The files that were missing, and are made now. */
  readonly made: readonly string[]
  readonly note: (line: string) => void
}

/**
 * Of several nodes that make keys for one new database at the same time, the first one's are kept. Nodes that share a data
 * folder have the same keys, and all of them go on.
 */
async function claim(database: PostgresDatabase, { secret, vapidKeyId, dataDir, made, note }: Claim): Promise<void> {
  const addressEncryption = await AddressEncryption.make(secret, nodeAddressCrypto(secret))
  const isRight = await verifyPostgresSecret(database, addressEncryption, vapidKeyId)
  // Keys that were given are not taken away: an alarm says that they are not those of the other nodes.
  if (made.length === 0) return
  if (isRight && (await registeredVapidKey(database, addressEncryption)) === vapidKeyId)
    return note(
      `This node has made ${made.join(' and ')} in ${dataDir}. Every other node needs the same: copy them into its DATA_DIR before it starts.`,
    )
  for (const name of made) rmSync(join(dataDir, name), { force: true })
  throw lacking(made)
}

function lacking(names: readonly string[]): StartError {
  return new StartError(
    `This node has no ${names.join(' and no ')}, and its database is in use with those of another node. Copy them from the DATA_DIR of a node that runs, or set PUSH_SECRET, VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY to the same on every node.`,
  )
}
