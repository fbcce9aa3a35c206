import type { Newsroom } from '../../domain/newsroom.ts'
import type { AlertLog } from '../../log/log.ts'
import { newestTimeMs } from '../../log/newest-time.ts'
import type { EntrySigning } from '../../log/sign-entry.ts'
import { formerKeyWords, keyIdOfSeed, type Signing } from '../../signing/key-ring.ts'
import { type PublishedSigning, publishedSigning } from '../../signing/statements.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { nodeSigner } from './node-signer.ts'
import { openSharedSigning, openSigning } from './signing-settings.ts'
import { UnsignedEntries } from './unsigned-entries.ts'

/** What signs in a process of the service, and what it publishes of it. */
export type ServiceSigning = Signing & {
  readonly signed: PublishedSigning
  /** Entries that were not signed when they were appended. */
  readonly unsigned: UnsignedEntries
}

type Deps = {
  readonly config: Pick<Config, 'dataDir' | 'databaseUrl' | 'signingKey' | 'signingKeyChain' | 'signingKeyLost'>
  readonly stores: { readonly signing: EntrySigning; readonly log: Pick<AlertLog, 'bounds' | 'after'> }
  readonly pushSecret: Uint8Array
  readonly newsroom: Pick<Newsroom, 'languages' | 'mirrors' | 'mirrorsAt'>
  readonly logger: Pick<Logger, 'warn' | 'report'>
  /** Whether this process signs what was not signed at its append. */
  readonly isOwner: boolean
}

/**
 * Opens what signs, on one machine or on a node of several. From now on entries are signed when they are appended; those that
 * are not signed yet are signed first, as far as a bounded time allows. Throws a StartError.
 */
export async function openServiceSigning(deps: Deps): Promise<ServiceSigning> {
  const { config, stores, pushSecret, newsroom, logger, isOwner } = deps
  const now = Date.now()
  const newestKey = await stores.signing.newestKey()
  const sinceMs = Math.max(now, await newestTimeMs(stores.log))
  const signing =
    config.databaseUrl === null
      ? openSigning(config, sinceMs, newestKey)
      : openSharedSigning(config, pushSecret, newestKey)
  if (isOwner) warnOfFormerKey(config, signing, logger)
  const unsigned = new UnsignedEntries(stores.signing, { now: Date.now, ...logger })
  stores.signing.begin({ signer: signing.signer, newsroom })
  if (isOwner) await unsigned.begin()
  return { ...signing, signed: publishedSigning(signing, newsroom, now, config.signingKeyLost), unsigned }
}

function warnOfFormerKey({ signingKey }: Deps['config'], { signer }: Signing, { warn }: Pick<Logger, 'warn'>): void {
  if (signingKey === null) return
  const given = keyIdOfSeed(nodeSigner, signingKey)
  if (given !== signer.keyId) warn(formerKeyWords(given, signer.keyId))
}
