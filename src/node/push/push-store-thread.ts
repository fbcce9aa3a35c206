import { parentPort, workerData } from 'node:worker_threads'
import { v7 as uuidv7 } from 'uuid'
import { Problem } from '../../domain/problem.ts'
import type { PushOutbox } from '../../push/outbox/outbox.ts'
import { makeSubscribe, type SubscribeSettings } from '../../push/subscriptions/subscribe.ts'
import type { Subscribe } from '../../push/subscriptions/subscribe-limits.ts'
import type { SubscriptionStore } from '../../push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../../push/subscriptions/subscription-archive.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import type { StoreAddress } from '../stores/store-address.ts'
import { openSubscriptionStores } from '../stores/subscription-stores.ts'
import { collectGarbageSoon } from '../threads/heap.ts'
import { lowerPriority } from '../threads/thread-priority.ts'

// The thread that stores subscriptions and opens pushes, so that parsing, hashing, encrypting and waiting for the disk
// do not block the sockets.

/** The methods that can be called over messages. */
export type PushStore = SubscriptionStore &
  SubscriptionArchive &
  Pick<PushOutbox, 'open' | 'opened'> & { readonly subscribe: Subscribe }

/** What the thread is given at its start. */
export type PushStoreThreadData = {
  readonly address: StoreAddress
  readonly secret: Uint8Array
  /** What a new subscription is checked against. */
  readonly wanted: SubscribeSettings
}

export type Call = { readonly id: number; readonly what: keyof PushStore; readonly given: readonly unknown[] }

/** The outcome of a call. An error's class is lost between threads. */
export type CallResult =
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly problem: ConstructorParameters<typeof Problem> }
  | { readonly kind: 'storage'; readonly id: number; readonly fault: ConstructorParameters<typeof StorageFault> }
  | { readonly kind: 'broken'; readonly id: number; readonly message: string; readonly stack: string | undefined }

const port = parentPort
if (port === null) throw new Error('push-store-thread.ts runs as a worker thread')
lowerPriority()
collectGarbageSoon()
const { address, secret, wanted } = workerData as PushStoreThreadData
const { pushHosts } = wanted
// The outbox opens pushes and settles none, so it reports nothing.
const world = { now: Date.now, newId: () => uuidv7(), report() {} }
const stores = await openSubscriptionStores(address, { ...world, secret, pushHosts })
const { subscriptions, outbox } = stores
const subscribe = makeSubscribe({ ...wanted, subscriptions, now: Date.now })

const store: PushStore = {
  subscribe,
  put: (...given) => subscriptions.put(...given),
  get: (...given) => subscriptions.get(...given),
  change: (...given) => subscriptions.change(...given),
  remove: (...given) => subscriptions.remove(...given),
  interestOf: (...given) => subscriptions.interestOf(...given),
  count: () => subscriptions.count(),
  importOne: (...given) => subscriptions.importOne(...given),
  page: (...given) => subscriptions.page(...given),
  hostKeyCounts: () => subscriptions.hostKeyCounts(),
  open: (...given) => outbox.open(...given),
  opened: (...given) => outbox.opened(...given),
}

let results: CallResult[] = []
const working = new Set<Promise<void>>()

port.on('message', (word: readonly Call[] | 'stop') => {
  if (word === 'stop') return void end()
  for (const call of word) {
    const one: Promise<void> = run(call).then((ending) => {
      working.delete(one)
      // Outcomes of one commit are sent in one message.
      if (results.length === 0) setImmediate(postResults)
      results.push(ending)
    })
    working.add(one)
  }
})

async function run({ id, what, given }: Call): Promise<CallResult> {
  try {
    // Caller and thread are the same program, so the method exists and the arguments fit.
    const act = store[what] as (...given: readonly unknown[]) => Promise<unknown>
    return { kind: 'done', id, result: await act(...given) }
  } catch (error) {
    if (error instanceof StorageFault) return { kind: 'storage', id, fault: [error.kind, error.act] }
    if (error instanceof Problem) {
      const { status, code, message, errors, retryAfterSeconds } = error
      const more = { errors, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
      return { kind: 'refused', id, problem: [status, code, message, more] }
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    return { kind: 'broken', id, message, stack }
  }
}

function postResults(): void {
  port?.postMessage(results)
  results = []
}

async function end(): Promise<void> {
  await Promise.all(working)
  postResults()
  await stores.close()
  port?.close()
}
