import '../common-parts.ts'
import { loadEd25519, openVerifier } from '../../../signing/verify/verifier.ts'
import { seenOf } from '../../service-worker/notification.ts'
import { readStored } from '../../shared/browser-storage.ts'
import { askSigningKeys, keptKeys } from '../../shared/device/device-keys.ts'
import { loadPart } from '../load-part.ts'
import { knownVersions, rememberVersion } from './known-versions.ts'
import { NewsCheck } from './news-check.ts'

function later(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}

const loadPackage = () => loadPart(loadEd25519, Number.POSITIVE_INFINITY)

/** One for the page, which knows when the service was asked. */
export const newsCheck = new NewsCheck({
  ...{ storage: keptKeys, askKeys: askSigningKeys, now: Date.now, later },
  open: () => openVerifier(loadPackage),
  remember: rememberVersion,
  say: (changed) =>
    void loadPart(() => import('./unverified-notice.ts'), Number.POSITIVE_INFINITY)
      .then(({ showUnverified }) => showUnverified(changed))
      .catch((error: unknown) => console.warn('it was not said that news could not be verified:', error)),
})

type Told = { readonly id: string; readonly version: number }

/**
 * The versions of alerts that a notification on this device has told of, and those of a log (of whichever, where none is named) that were
 * verified here: of one alert there may be two. Never rejects.
 */
export async function toldVersions(epoch?: string): Promise<readonly Told[]> {
  const pushed = seenOf(await readStored('seen').catch(() => null))
  return [...pushed, ...Array.from(await knownVersions(epoch), ([id, version]) => ({ id, version }))]
}
