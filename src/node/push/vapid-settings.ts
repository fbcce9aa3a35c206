import { type PushKeys, subjectOf, unreachableSubject } from '../../push/crypto/vapid-key-set.ts'
import { pushServiceHosts } from '../../push/subscriptions/push-services.ts'
import type { Config } from '../config.ts'
import { StartError } from '../start-errors.ts'
import { proxyFor, proxyName } from './connections/outgoing-proxy.ts'
import { keptSecret, keptVapidKeys, vapidKeysOf, vapidKeysWith } from './vapid-keys.ts'

/**
 * The VAPID keys and subject as configured, or made and kept in the data folder. Without VAPID_SUBJECT the https
 * PUBLIC_URL stands for it; without either nobody can be reached, which `warn` is told. Throws StartTrouble.
 */
export function pushSettings(config: Config, warn: (line: string) => void): PushKeys {
  const subject = config.vapidSubject ?? subjectOf(config.publicUrl)
  if (subject === null)
    warn(
      'VAPID_SUBJECT is not set: push services cannot reach you when something is wrong. Set it before real readers come.',
    )
  tellProxy(warn)
  try {
    const { vapidPublicKey, vapidPrivateKey } = config
    const vapidKeys =
      vapidPublicKey !== null && vapidPrivateKey !== null
        ? vapidKeysWith(config.dataDir, vapidKeysOf(vapidPublicKey, vapidPrivateKey))
        : keptVapidKeys(config.dataDir)
    return { vapidKeys, vapidSubject: subject ?? unreachableSubject, secret: keptSecret(config.dataDir) }
  } catch (error) {
    throw new StartError(`The push keys cannot be used: ${error instanceof Error ? error.message : error}`)
  }
}

/** Says through which proxy pushes go; one that cannot be used is no start, for nothing would reach anybody. */
function tellProxy(warn: (line: string) => void): void {
  try {
    const proxy = proxyFor(pushServiceHosts[0] ?? '')
    if (proxy !== null) warn(`Pushes go through the proxy ${proxyName(proxy)} (HTTPS_PROXY, NO_PROXY).`)
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error))
  }
}
