import { WebhookDispatcher } from '../../../desk/webhooks/dispatcher.ts'
import { Webhooks } from '../../../desk/webhooks/webhooks.ts'
import { TextEncryption } from '../../../push/crypto/text-encryption.ts'
import { type Alarm, type Alarms, PushAlarm } from '../../../push/outbox/alarms.ts'
import type { Config } from '../../config.ts'
import type { Logger } from '../../logger.ts'
import type { Metrics } from '../../metrics.ts'
import type { Stores } from '../../stores/stores.ts'
import { keepSending } from '../dispatch-loop.ts'
import { webhookSender } from './send-webhook.ts'

type Deps = {
  readonly config: Pick<Config, 'webhookLocalHosts'>
  /** The secret that addresses at rest are encrypted with. */
  readonly settings: { readonly secret: Uint8Array }
  readonly log: Stores['log']
  readonly audit: Stores['audit']
  readonly webhooks: Stores['webhooks']
  readonly webhookOutbox: Stores['webhookOutbox']
  readonly metrics: Pick<Metrics, 'countWebhooks'>
  /** Of this process. */
  readonly alarms: Alarms
  /** Of all processes. */
  readonly allAlarms: () => Promise<readonly Alarm[]>
  readonly newId: () => string
  readonly logger: Pick<Logger, 'report'>
}

/** Webhooks of this process: what admins do with them; `start`: in the process that sends. */
export function serviceWebhooks(deps: Deps) {
  const { log, webhookOutbox: outbox, allAlarms: alarms, newId } = deps
  const report = deps.alarms.raising(deps.logger.report)
  const localHosts = deps.config.webhookLocalHosts
  const cipher = new TextEncryption(deps.settings.secret, 'webhook')
  const common = { cipher, send: webhookSender({ localHosts }), localHosts, now: Date.now, newId }
  return {
    admin: new Webhooks({ webhooks: deps.webhooks, audit: deps.audit, ...common }),
    start() {
      const entryAt = async (seq: number) => (await log.after(seq - 1, 1)).find((it) => it.seq === seq) ?? null
      const epoch = async () => (await log.bounds()).epoch
      const gaveUp = (detail: string) => report(new PushAlarm('webhook', null, detail), 'sending to a webhook')
      const world = { alarms, gaveUp, random: Math.random, report }
      const dispatcher = new WebhookDispatcher({ outbox, log: { entryAt, epoch }, ...common, ...world })
      deps.metrics.countWebhooks(dispatcher.attempts, () => outbox.counts())
      const { wake, stop } = keepSending({ dispatcher, doing: 'looking for messages of webhooks', report })
      const unsubscribe = log.onAppend(wake)
      return async () => {
        unsubscribe()
        await stop()
      }
    },
  }
}
