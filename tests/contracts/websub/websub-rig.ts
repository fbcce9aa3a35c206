import type { Change } from '../../../src/domain/change.ts'
import { subscribedFeed, topicFeed } from '../../../src/http/feeds/topic-feed.ts'
import type { AlertLog } from '../../../src/log/log.ts'
import { webhookSender } from '../../../src/node/desk/webhooks/send-webhook.ts'
import { WebSubDispatcher } from '../../../src/push/websub/websub-dispatcher.ts'
import { WebSubHub } from '../../../src/push/websub/websub-hub.ts'
import type { WebSubStore } from '../../../src/push/websub/websub-store.ts'
import { newId, pushSecret } from '../../support/push/push-deps.ts'
import { newAlert, newsroom } from '../../support/samples.ts'
import { startSubscriber } from '../../support/websub/subscriber.ts'

/** The stores under test, on one database. */
export type WebSubStoresRig = {
  readonly log: AlertLog
  readonly websub: WebSubStore
  reopen(): Promise<WebSubStoresRig>
}

export const origin = 'https://alerts.example'
export const english = `${origin}/feeds/en.atom`
export const persian = `${origin}/feeds/fa.json?topics=iran`
const requestMs = 1_000
const rounds = 4

/** The hub over a log, its own sender, and subscribers that are servers of their own. Only the clock is the test's. */
export async function openWebSub(open: () => Promise<WebSubStoresRig>, clean: (undo: () => unknown) => void) {
  const clock = { ms: Date.parse('2026-03-01T12:00:00.000Z') }
  return hubOn(await open(), clock, { clean, localHosts: [], newsroom })
}

type World = {
  readonly clean: (undo: () => unknown) => void
  readonly localHosts: string[]
  newsroom: typeof newsroom
}

function hubOn(stores: WebSubStoresRig, clock: { ms: number }, world: World) {
  const { log, websub: store } = stores
  const { localHosts } = world
  const now = () => clock.ms
  const head = async () => (await log.bounds()).head
  const common = { store, secret: pushSecret, localHosts, head, now }
  const makeDispatcher = () =>
    new WebSubDispatcher({
      ...{ ...common, newId, random: () => 1, send: webhookSender({ localHosts, requestMs }) },
      content: (topic) => subscribedFeed({ newsroom: world.newsroom, log }, topic, origin),
      report(error) {
        throw error
      },
    })
  const dispatcher = makeDispatcher()
  const hub = new WebSubHub(common)
  let keys = 0
  const ask = (form: URLSearchParams) => hub.ask(form, (topic) => topicFeed({ newsroom, log }, topic, origin))
  return {
    ...{ stores, store, clock, log, dispatcher, makeDispatcher, ask, localHosts, world },
    append(change: Change) {
      keys += 1
      return log.append({ ...change, at: new Date(clock.ms).toISOString() }, `key-${keys}`)
    },
    publish(more: Parameters<typeof newAlert>[1] = {}) {
      return this.append(newAlert(newId(), more))
    },
    async subscriber(secret?: string | null) {
      const subscriber = await startSubscriber(world.clean, secret)
      localHosts.push(subscriber.host)
      return subscriber
    },
    /** Asks for a subscription and has it verified. */
    async subscribe(subscriber: Awaited<ReturnType<typeof startSubscriber>>, topic = english, more = {}) {
      await ask(subscriber.form('subscribe', topic, more))
      await this.work()
    },
    /** Does all that is due now, and waits for it. */
    async work(by = dispatcher) {
      // Each round does one step of each host, and a step makes the next one due.
      for (let round = 0; round < rounds; round += 1) {
        await by.begin()
        await by.settled()
      }
    },
    feed: async (topic = english) => (await topicFeed({ newsroom, log }, new URL(topic), origin)).body,
    /** A crash, and a new start on what it left. */
    async reopened() {
      return hubOn(await stores.reopen(), clock, world)
    },
  }
}
