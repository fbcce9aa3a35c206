import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { newestTimeMs } from '../../log/newest-time.ts'
import { secretOf } from '../../push/crypto/push-secret.ts'
import {
  firstRing,
  givenRing,
  type KeyRing,
  keyChainText,
  refuseForgetting,
  rotatedRing,
} from '../../signing/key-ring.ts'
import { minisignKey } from '../../signing/minisign.ts'
import { type Config, readConfig } from '../config.ts'
import { openExportSource } from '../export/export-source.ts'
import { loadSecret, secretFile } from '../push/push-key-files.ts'
import { explain, StartError } from '../start-errors.ts'
import { databasePath } from '../storage/data-folder.ts'
import { nodeSigner } from './node-signer.ts'
import { changeRing, foundRing, makeSeed, signingKeyFile } from './signing-key-file.ts'
import { ringOfGiven, sharedSeed } from './signing-settings.ts'
import { refuseUnknownKey } from './unknown-key.ts'

/** What `npx tocsin signing-key` passes to the program. */
export type KeyTask = { readonly act: 'make' | 'show' | 'rotate'; readonly dataDir?: string; readonly json?: boolean }

type Environment = Readonly<Record<string, string | undefined>>

/** Does the task, prints what came of it, and gives the exit code. */
export async function runKeyTask({ act, dataDir, json = false }: KeyTask, env: Environment): Promise<number> {
  process.umask(0o077)
  try {
    if (act === 'make') console.log(makeSeed())
    else {
      const config = readConfig(dataDir === undefined ? env : { ...env, DATA_DIR: dataDir })
      if (act === 'show') show(presentRing(config), json)
      else await rotate(config)
    }
    return 0
  } catch (error) {
    const { code, lines } = explain(error)
    for (const line of lines) console.error(line)
    return code
  }
}

function show({ keys }: KeyRing, json: boolean): void {
  const lines = keys.map(({ id, publicKey, since = 'from the start' }) => `${id}  ${publicKey}  ${since}`)
  const [{ id, publicKey }] = keys
  const minisign = `for minisign -P: ${minisignKey({ keyId: id, publicKey })}`
  console.log(json ? JSON.stringify(keys) : [...lines, minisign].join('\n'))
}

/** Prints the new settings, or replaces the file of the data folder. Nothing changes where a log is named that is not that of the key. */
async function rotate(config: Config): Promise<void> {
  // Where there is no key, that is the first thing to say.
  presentRing(config)
  const newest = await newestOf(config)
  if (config.signingKey !== null) {
    const { seed, keys } = nextRing(presentRing(config), config, newest)
    console.log(`SIGNING_KEY=${seed}\nSIGNING_KEY_CHAIN=${keyChainText(keys)}`)
    console.error(
      `The new key is ${keys[0].id}. Give these two settings to every node in place of the former, and start each again.`,
    )
    return
  }
  const { keys } = changeRing(config.dataDir, () => nextRing(presentRing(config), config, newest))
  const copied = `Copy ${join(config.dataDir, signingKeyFile)} into the DATA_DIR of every other node.`
  const others = config.databaseUrl === null ? '' : ` ${copied}`
  console.log(
    `The new key is ${keys[0].id}, signed by ${keys[0].signedBy}.${others} It is used after the service has been started again.`,
  )
}

/** Of the log's newest entries, the key of the last and the latest time. */
type Newest = { readonly newestKey: string | null; readonly newestMs: number }

function nextRing(ring: KeyRing, config: Config, { newestKey, newestMs }: Newest): KeyRing {
  const where = config.databaseUrl === null ? config.dataDir : 'DATABASE_URL'
  try {
    refuseUnknownKey(ring.keys, { ...config, newestKey, mayFollowPushSecret: config.databaseUrl !== null })
    // Else what a clock that was ahead has dated would not be taken of the former key any more.
    const next = rotatedRing(nodeSigner, ring, makeSeed(), Math.max(Date.now(), newestMs))
    refuseForgetting(ring, next, newestKey)
    return next
  } catch (error) {
    throw new StartError(`Nothing was rotated, because of the log of ${where}. ${messageOf(error)}`)
  }
}

/** Reads the log where one is named. Rejects with a StartError where it cannot be read: it may be another newsroom's, or none. */
async function newestOf(config: Config): Promise<Newest> {
  const { databaseUrl, dataDir } = config
  if (databaseUrl === null && !existsSync(databasePath(dataDir))) {
    console.error(
      `Warning: there is no log in ${dataDir}, and DATABASE_URL is not set. So it is not checked whether the key of the newest entry is kept, nor whether an entry has a time to come. Publish something between two rotations.`,
    )
    return { newestKey: null, newestMs: 0 }
  }
  try {
    const source = await openExportSource(config)
    try {
      return { newestKey: await source.signing.newestKey(), newestMs: await newestTimeMs(source.log) }
    } finally {
      await source.close()
    }
  } catch (error) {
    throw new StartError(`Nothing was rotated: the log cannot be read. ${messageOf(error)}`)
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** The ring that the service with these settings has. Throws a StartError where there is none. */
export function presentRing({ dataDir, databaseUrl, signingKey, signingKeyChain, pushSecret }: Config): KeyRing {
  if (signingKey !== null && signingKeyChain !== null) return givenRing(nodeSigner, signingKey, signingKeyChain)
  const kept = foundRing(dataDir)
  if (signingKey !== null) return ringOfGiven(kept, signingKey)
  if (kept !== null) return kept
  const hasSecret = pushSecret !== null || existsSync(join(dataDir, secretFile))
  if (databaseUrl === null || !hasSecret)
    throw new StartError(
      `There is no ${signingKeyFile} in ${dataDir}: the service makes it at its first start. Name its data folder with --data, or set SIGNING_KEY as it has it. A node of several on one database has none before the first rotation: set DATABASE_URL as it has it.`,
    )
  const secret = pushSecret === null ? null : secretOf(pushSecret)
  return firstRing(nodeSigner, sharedSeed(secret ?? loadSecret(dataDir)), null)
}
