import { secretOf } from '../../push/crypto/push-secret.ts'
import { type PushKeys, placeholderSubject, subjectOf } from '../../push/crypto/vapid-key-set.ts'
import { vapidKeysOf } from '../../push/crypto/webcrypto-vapid.ts'
import { pushServiceHosts } from '../../push/subscriptions/push-services.ts'
import type { Config } from '../config.ts'
import { StartError } from '../start-errors.ts'
import { proxyFor, proxyName } from './connections/outgoing-proxy.ts'
import { loadSecret, loadVapidKeys, vapidKeysWith } from './push-key-files.ts'

/**
 * The VAPID keys and subject as configured, or those in the data folder. Without VAPID_SUBJECT an https PUBLIC_URL is
 * the subject. Without either, push services cannot write to anybody, and `warn` gets a sentence. Rejects with a
 * StartError.
 */
export async function pushSettings(config: Config, warn: (line: string) => void): Promise<PushKeys> {
  const vapidSubject = contactOf(config, warn)
  try {
    const { vapidPublicKey, vapidPrivateKey } = config
    const vapidKeys =
      vapidPublicKey !== null && vapidPrivateKey !== null
        ? await vapidKeysWith(config.dataDir, await vapidKeysOf(vapidPublicKey, vapidPrivateKey))
        : await loadVapidKeys(config.dataDir)
    const secret = config.pushSecret === null ? null : secretOf(config.pushSecret)
    return { vapidKeys, vapidSubject, secret: secret ?? loadSecret(config.dataDir) }
  } catch (error) {
    throw new StartError(`The push keys cannot be used: ${error instanceof Error ? error.message : error}`)
  }
}

/** The contact for push services; `note` gets a sentence when there is none, and one about a proxy. */
export function contactOf(
  { vapidSubject, publicUrl }: Pick<Config, 'vapidSubject' | 'publicUrl'>,
  note: (line: string) => void,
): string {
  const subject = vapidSubject ?? subjectOf(publicUrl)
  if (subject === null)
    note(
      'VAPID_SUBJECT is not set: push services cannot reach you when something is wrong. Set it before real readers come.',
    )
  noteProxy(note)
  return subject ?? placeholderSubject
}

/** Says through which proxy pushes are sent. */
function noteProxy(note: (line: string) => void): void {
  const proxy = proxyFor(pushServiceHosts[0] ?? '')
  if (proxy !== null) note(`Pushes go through the proxy ${proxyName(proxy)} (HTTPS_PROXY, ALL_PROXY, NO_PROXY).`)
}
