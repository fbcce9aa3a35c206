import * as z from 'zod'
import { allKeys, type VapidSettings } from '../../../push/crypto/public-vapid.ts'
import type { SubscriptionArchive } from '../../../push/subscriptions/subscription-archive.ts'
import type { App } from '../../app-env.ts'
import type { Operation } from '../../operation.ts'
import { route } from '../../route.ts'

const hostsMax = 1_000

/**
 * The answer to `GET /v1/desk/push`. `keyIds`: the VAPID keys that serve, the present one first. A key in
 * `subscriptionsByKey` that is not among them has lost its readers; one that is missing there can be taken away.
 */
export const pushAnswer = z.strictObject({
  subject: z.string().nullable(),
  keyIds: z.array(z.string()).min(1),
  subscriptionsByKey: z.record(z.string(), z.int()),
  hosts: z.array(z.strictObject({ host: z.string(), subscriptions: z.int() })),
})

const readPush: Operation = {
  id: 'readPushSettings',
  summary: 'How push is set up, and which push services are in use',
  tag: 'Operating',
  role: 'writer',
  cache: 'private',
  answers: { 200: { description: 'Keys and services', schema: pushAnswer } },
}

/** What the description of the push settings is made of. */
export type PushSettingsDeps = {
  readonly archive: Pick<SubscriptionArchive, 'hostKeyCounts'>
  readonly vapid: VapidSettings
}

/** `GET /v1/desk/push`: how push is set up and which services are in use, for `tocsin doctor` and for the end of a key's rotation. */
export function pushSettingsRoutes(app: App, deps: PushSettingsDeps): void {
  route(app, 'get', '/v1/desk/push', readPush, async (c) => {
    const hosts = new Map<string, number>()
    const keys = new Map<string, number>()
    for (const { host, vapidKeyId, subscriptions } of await deps.archive.hostKeyCounts()) {
      if (host !== '') hosts.set(host, (hosts.get(host) ?? 0) + subscriptions)
      keys.set(vapidKeyId, (keys.get(vapidKeyId) ?? 0) + subscriptions)
    }
    const largest = [...hosts].sort(([, a], [, b]) => b - a).slice(0, hostsMax)
    c.header('Cache-Control', 'private, no-store')
    return c.json({
      subject: deps.vapid.subject,
      keyIds: allKeys(deps.vapid).map(({ keyId }) => keyId),
      subscriptionsByKey: Object.fromEntries(keys),
      hosts: largest.map(([host, subscriptions]) => ({ host, subscriptions })),
    })
  })
}
