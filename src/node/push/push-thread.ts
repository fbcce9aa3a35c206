import { parentPort, workerData } from 'node:worker_threads'
import { v7 as uuidv7 } from 'uuid'
import type { Seal } from '../../push/crypto/seal.ts'
import { PushAlarm } from '../../push/outbox/alarms.ts'
import type { SendingNodes } from '../../push/outbox/block-homes.ts'
import type { PushCounts } from '../../push/outbox/outbox.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import { openPushWorkStores } from '../stores/push-work-stores.ts'
import type { StoreAddress } from '../stores/store-address.ts'
import { collectGarbageSoon } from '../threads/heap.ts'
import { lowerPriority } from '../threads/thread-priority.ts'
import { nodeSeal } from './node-seal.ts'
import { prepareKeys } from './prepared-keys/key-preparation.ts'
import { PreparedKeys, type PreparedSlab } from './prepared-keys/prepared-keys.ts'
import { type SenderSettings, startPushWork } from './push-work.ts'
import { pushSending } from './sending/choose-sender.ts'

// A sending thread: it has its own connection to the database, its own connections to push services, and its own leases.

/** What a thread is given at its start. */
export type PushThreadData = {
  readonly address: StoreAddress
  readonly settings: SenderSettings
  readonly epoch: string
  readonly owner: string
  /** The nodes that send now; null: not known. */
  readonly nodes: SendingNodes | null
  /**
   * The prepared records, which all threads share, and the part of the subscriptions for which this thread prepares
   * them.
   */
  readonly prepared: PreparedSlab
  readonly part: number
  readonly parts: number
}

/** Messages to a thread. A wake-up carries no data; an object names the nodes that send. */
export type ToThread = 'wake' | 'stop' | SendingNodes

/** Messages from a thread. */
export type FromThread =
  | { readonly kind: 'counts'; readonly pushCounts: PushCounts }
  | {
      readonly kind: 'error'
      readonly message: string
      readonly stack: string | undefined
      readonly doing: string
      /** An error's class is lost between threads. */
      readonly alarm: Pick<PushAlarm, 'kind' | 'host' | 'detail'> | null
      readonly storage: ConstructorParameters<typeof StorageFault> | null
    }

const countersMs = 500

const port = parentPort
if (port === null) throw new Error('push-thread.ts runs as a worker thread')
const post = (message: FromThread): void => port.postMessage(message)
const report = (error: unknown, doing: string): void => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const alarm = error instanceof PushAlarm ? { kind: error.kind, host: error.host, detail: error.detail } : null
  const storage = error instanceof StorageFault ? ([error.kind, error.act] as const) : null
  post({ kind: 'error', message, stack, doing, alarm, storage: storage === null ? null : [...storage] })
}

lowerPriority()
collectGarbageSoon()
const { address, settings, epoch, owner, part, parts, ...rest } = workerData as PushThreadData
const world = { now: Date.now, newId: () => uuidv7(), report }
let { nodes } = rest
const { secret } = settings
const stores = await openPushWorkStores(address, { ...world, secret, owner, part, parts, nodes: () => nodes })
const prepared = new PreparedKeys(rest.prepared)
const sending = await pushSending(settings.sender)
/** Prepared records are for our own encryption only. */
const seal: Seal =
  settings.sender === 'own'
    ? (payload, address) => prepared.seal(address, payload) ?? nodeSeal(payload, address)
    : sending.seal
const { outbox, addresses } = stores
const work = await startPushWork({ outbox, settings, world, sending, seal, epoch })
if (nodes !== null) work.shareWith(nodes)
const stopping = new AbortController()
const preparing = prepared.hasSpace
  ? prepareKeys({ addresses, prepared, busy: work.busy, report }, stopping.signal)
  : null

let lastSent = ''
const postCounters = (): void => {
  const now = JSON.stringify(work.pushCounts)
  if (now === lastSent) return
  lastSent = now
  post({ kind: 'counts', pushCounts: { ...work.pushCounts } })
}
const countersTimer = setInterval(postCounters, countersMs)

port.on('message', (message: ToThread) => {
  if (message === 'wake') work.wake()
  else if (message === 'stop') void end()
  else {
    nodes = message
    work.shareWith(message)
  }
})

async function end(): Promise<void> {
  stopping.abort()
  await work.stop()
  await preparing
  clearInterval(countersTimer)
  postCounters()
  await stores.close()
  port?.close()
}
