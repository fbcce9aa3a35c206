import type { EditorStore } from '../../auth/editor.ts'
import { subscriptionRoutes } from '../../http/api/subscriptions.ts'
import { createPart } from '../../http/app.ts'
import type { App } from '../../http/app-env.ts'
import { makeSubscribe } from '../../push/subscriptions/subscribe.ts'
import { SubscribeLimits } from '../../push/subscriptions/subscribe-limits.ts'
import { newsroom } from '../bundled-newsroom.ts'
import { type Env, logOf, logWithFreshStubs } from '../env.ts'
import { addressOf } from '../local-caller.ts'
import { remoteEditors } from '../remote-editors.ts'
import { report } from '../report.ts'
import { numberSetting, publicUrlOf, pushHostsOf } from '../worker-settings.ts'
import { Shards } from './shards.ts'

type Asker = { readonly address: string }

const nobody = { holder: async () => null }

/** The two apps for subscriptions: only `POST` may come from an editor, for test alerts; other tokens belong to subscriptions. */
type Apps = { readonly subscribe: App; readonly own: App }

let apps: Apps | null = null

/**
 * Answers /v1/subscriptions in the Worker itself: what is malformed goes no further, and what is right goes to its shard.
 * Limits by address and hour count in each copy of the Worker for itself.
 */
export async function routeSubscription(request: Request, env: Env): Promise<Response> {
  const { origin, pathname } = new URL(request.url)
  // Not the promise: what one request waits for, another cannot (https://developers.cloudflare.com/workers/observability/errors/).
  apps ??= await openApps(env, origin)
  const requester: Asker = { address: addressOf(request) }
  return (pathname === '/v1/subscriptions' ? apps.subscribe : apps.own).fetch(request, requester)
}

async function openApps(env: Env, origin: string): Promise<Apps> {
  const shards = new Shards(env, () => [], origin)
  const perMinute = numberSetting(env, 'SUBSCRIBE_PER_MINUTE', 0, 0)
  const parts = {
    newsroom,
    subscriptions: shards,
    sendTest: (id: string, token: string) => shards.sendTest(id, token),
    vapid: await logOf(env).vapid(),
    pushHosts: pushHostsOf(env),
    publicUrl: publicUrlOf(env),
    addressOf: (requester: unknown) => (requester as Asker).address,
    now: Date.now,
    report,
  }
  const subscribing = new SubscribeLimits({ subscribe: makeSubscribe(parts), perMinute, now: Date.now })
  const deps = { ...parts, subscribing }
  const appFor = (editors: Pick<EditorStore, 'holder'>) => {
    const app = createPart({ ...deps, editors })
    subscriptionRoutes(app, deps)
    return app
  }
  return { subscribe: appFor(remoteEditors(logWithFreshStubs(env))), own: appFor(nobody) }
}
