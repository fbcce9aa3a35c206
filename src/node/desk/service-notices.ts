import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { keyedHash, topicOf } from '../../push/crypto/hmac.ts'
import { publicVapid } from '../../push/crypto/public-vapid.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import { EditorBrowsers } from '../../push/editors/editor-browsers.ts'
import { NotifyEditors } from '../../push/editors/notify-editors.ts'
import { withSuffixes } from '../../push/subscriptions/push-services.ts'
import { SubscriptionRefused } from '../../push/subscriptions/subscription.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { PushEngine } from '../push/push-engine.ts'
import type { Stores } from '../stores/stores.ts'
import { keepSending } from './dispatch-loop.ts'

type Deps = {
  readonly config: Pick<Config, 'pushHosts'>
  readonly settings: PushKeys
  readonly notices: Stores['notices']
  readonly items: Stores['items']
  readonly push: Pick<PushEngine, 'single' | 'notReady'>
  readonly newId: () => string
  readonly logger: Pick<Logger, 'report'>
}

/** Notifications to editors' own browsers: turning them on and off; `start`: in the process that sends. */
export function serviceNotices({ config, settings, notices, items, push, newId, logger: { report } }: Deps) {
  const pushHosts = withSuffixes(config.pushHosts)
  let made: Promise<AddressEncryption> | null = null
  const encryption = async () => {
    if (push.notReady() !== null) throw new SubscriptionRefused('locked')
    made ??= AddressEncryption.make(settings.secret)
    return made
  }
  const vapid = publicVapid(settings)
  const common = { encryption, now: Date.now, newId }
  return {
    browsers: new EditorBrowsers({ browsers: notices, vapid, pushHosts, ...common }),
    start() {
      const { single } = push
      if (single === null) return async () => {}
      const topicHash = keyedHash(settings.secret, 'topic')
      const topic = async (name: string) => topicOf(await topicHash, name)
      const dispatcher = new NotifyEditors({ outbox: notices, items, ...single, topic, report, ...common })
      return keepSending({ dispatcher, doing: 'looking for notices to editors', report }).stop
    },
  }
}
