import { v7 as uuidv7 } from 'uuid'
import type { ItemStore } from '../../desk/items/item-store.ts'
import { AddressEncryption } from '../../push/crypto/address-encryption.ts'
import { keyedHash, topicOf } from '../../push/crypto/hmac.ts'
import { publicVapid } from '../../push/crypto/public-vapid.ts'
import type { PushKeys } from '../../push/crypto/vapid-key-set.ts'
import { EditorBrowsers } from '../../push/editors/editor-browsers.ts'
import { NotifyEditors } from '../../push/editors/notify-editors.ts'
import { SubscriptionRefused } from '../../push/subscriptions/subscription.ts'
import type { Sql } from '../../store/sql.ts'
import { SqliteNotices } from '../../store/sqlite/desk/sqlite-notices.ts'
import type { Env } from '../env.ts'
import { edgeSendPush } from '../push/edge-send-push.ts'
import { publicUrlOf, pushHostsOf } from '../worker-settings.ts'
import { SendingDuty, type SendingDutyDeps } from './sending-duty.ts'

type Opening = {
  readonly env: Env
  readonly sql: Sql
  readonly items: Pick<ItemStore, 'read'>
  readonly keys: PushKeys
  /** Whether the secret is the one that addresses were encrypted with. */
  readonly isSecretProven: () => boolean
}

/** Tells editors in their own browsers what waits for them. It does not wait for push services. */
export class NoticeDuty extends SendingDuty {
  constructor(deps: SendingDutyDeps) {
    super(deps, 'notifying editors')
  }

  /** Gives the browsers of the log object. After a start, what was under way before is due once its lease ends. */
  open({ env, sql, items, keys, isSecretProven }: Opening): EditorBrowsers {
    const { now, report } = this.deps
    const outbox = new SqliteNotices(sql)
    let made: Promise<AddressEncryption> | null = null
    const encryption = async () => {
      if (!isSecretProven()) throw new SubscriptionRefused('locked')
      made ??= AddressEncryption.make(keys.secret)
      return made
    }
    const topicHash = keyedHash(keys.secret, 'topic')
    const topic = async (name: string) => topicOf(await topicHash, name)
    const common = { encryption, now, newId: uuidv7 }
    // Without PUBLIC_URL the service worker takes the link as one of its own site.
    const publicUrl = publicUrlOf(env) ?? ''
    const sendPush = edgeSendPush(keys, env, { now, report })
    this.begin(new NotifyEditors({ outbox, items, sendPush, topic, publicUrl, report, ...common }))
    return new EditorBrowsers({
      browsers: outbox,
      vapid: publicVapid(keys),
      pushHosts: pushHostsOf(env),
      ...common,
    })
  }
}
