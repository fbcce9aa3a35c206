import '../common-parts.ts'
import { loadEd25519, openVerifier } from '../../../signing/verify/verifier.ts'
import { seenOf } from '../../service-worker/notification.ts'
import { readStored } from '../../shared/browser-storage.ts'
import { askSigningKeys, keptKeys } from '../../shared/device/device-keys.ts'
import { loadPart, partTries } from '../load-part.ts'
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
  remember: (epoch, id, version) =>
    void loadPart(() => import('./known-versions.ts'), partTries)
      .then(({ rememberVersion }) => rememberVersion(epoch, id, version))
      .catch(console.warn),
  say: (changed) =>
    void loadPart(() => import('./unverified-notice.ts'), Number.POSITIVE_INFINITY)
      .then(({ showUnverified }) => showUnverified(changed))
      .catch((error: unknown) => console.warn('it was not said that news could not be verified:', error)),
})

/** The newest version of each alert that a notification on this device has told of. */
export async function pushedVersions(): Promise<readonly { readonly id: string; readonly version: number }[]> {
  return seenOf(await readStored('seen').catch(() => null))
}
