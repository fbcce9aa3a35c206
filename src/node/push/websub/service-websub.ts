import { randomUUID } from 'node:crypto'
import type { Newsroom } from '../../../domain/newsroom.ts'
import { subscribedFeed } from '../../../http/feeds/topic-feed.ts'
import type { Alarms } from '../../../push/outbox/alarms.ts'
import { WebSubDispatcher } from '../../../push/websub/websub-dispatcher.ts'
import { WebSubHub } from '../../../push/websub/websub-hub.ts'
import type { Config } from '../../config.ts'
import { keepSending } from '../../desk/dispatch-loop.ts'
import { webhookSender } from '../../desk/webhooks/send-webhook.ts'
import type { Logger } from '../../logger.ts'
import type { Metrics } from '../../metrics.ts'
import type { Stores } from '../../stores/stores.ts'

type Deps = {
  readonly config: Pick<Config, 'websubLocalHosts' | 'publicUrl'>
  readonly settings: { readonly secret: Uint8Array }
  readonly newsroom: Newsroom
  readonly log: Stores['log']
  readonly websub: Stores['websub']
  readonly metrics: Pick<Metrics, 'countWebSub'>
  readonly alarms: Alarms
  readonly logger: Pick<Logger, 'report'>
}

/** The hub of this process's feeds; `start`: in the process that sends. */
export function serviceWebSub({ config, settings, newsroom, log, websub: store, metrics, ...deps }: Deps) {
  const { publicUrl, websubLocalHosts: localHosts } = config
  const head = async () => (await log.bounds()).head
  const common = { store, secret: settings.secret, localHosts, head, now: Date.now }
  return {
    hub: new WebSubHub(common),
    start(): () => Promise<void> {
      const report = deps.alarms.raising(deps.logger.report)
      const dispatcher = new WebSubDispatcher({
        ...{ ...common, report, newId: randomUUID, random: Math.random },
        content: (topic) => subscribedFeed({ newsroom, log }, topic, publicUrl),
        send: webhookSender({ localHosts }),
      })
      metrics.countWebSub(dispatcher.attempts, () => store.counts())
      const { wake, stop } = keepSending({ dispatcher, doing: 'looking for subscribers of feeds', report })
      const unsubscribe = log.onAppend(wake)
      return async () => {
        unsubscribe()
        await stop()
      }
    },
  }
}
