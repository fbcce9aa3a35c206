import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Interest } from '../../domain/interest.ts'
import { createReads, type ReadsDeps } from '../../http/app.ts'
import type { Seq } from '../../log/log.ts'
import { seedBytes } from '../../signing/key-ring.ts'
import { StorageFault, type StorageFaultKind } from '../../store/storage-fault.ts'
import { nodeSigner } from '../signing/node-signer.ts'
import { openReadStores } from '../stores/read-stores.ts'
import type { StoreAddress } from '../stores/store-address.ts'
import { collectGarbageSoon } from '../threads/heap.ts'
import { lowerPriority } from '../threads/thread-priority.ts'
import type { ReadAnswer } from './read-cache.ts'
import type { ReadRequest } from './read-request.ts'

// The thread that answers plain reads, so that queries, parsing and rendering do not delay sockets.

/** The thread's workerData. */
export type ReadThreadData = {
  readonly address: StoreAddress
  /** The log's epoch, as it is stored. */
  readonly epoch: string
  readonly wanted: Pick<ReadsDeps, 'newsroom' | 'vapid' | 'signed' | 'publicUrl' | 'pageHeartbeatSeconds'>
  /** The private key that signs bundles, in base64url. */
  readonly signingKey: string
  /** Whether this thread also indexes old entries of the log. One of several processes does. */
  readonly indexes: boolean
}

export type ReadCall = { readonly id: number } & (
  | { readonly ask: 'answer'; readonly request: Omit<ReadRequest, 'key'> }
  | { readonly ask: 'after'; readonly cursor: Seq; readonly limit: number; readonly interest: Interest | undefined }
)

/** A message from the thread. An error that belongs to no call has the id 0. */
export type ReadResult =
  | { readonly id: number; readonly answer: ReadAnswer }
  /** Entries as JSON: stringifying and parsing is faster than the structured clone of many small objects. */
  | { readonly id: number; readonly entries: string }
  | { readonly id: number; readonly message: string; readonly stack: string | undefined; readonly doing: string }
  /** An error of the storage, also where the app has answered the request already, so that it is logged. */
  | { readonly id: number; readonly fault: ConstructorParameters<typeof StorageFault> }

/**
 * The longest indexing transaction, in which other connections cannot write; its most entries, so that the commit is
 * short as well; and the pause between two transactions.
 */
const indexMsMax = 8
const indexedMax = 100
const indexRestMs = 10
const indexAgainMs = 1_000

const port = parentPort
if (port === null) throw new Error('read-thread.ts runs as a worker thread')
lowerPriority()
collectGarbageSoon()
const { address, epoch, wanted, signingKey, indexes } = workerData as ReadThreadData
// The end of a fault (null) is noticed by the connections that write.
const postFault = (kind: StorageFaultKind | null) => kind !== null && post({ id: 0, fault: [kind, 'read'] })
const stores = await openReadStores(address, epoch, postFault)
const { log, editors, indexMore } = stores
const report = (error: unknown, doing: string) => post(errorOf(0, error, doing))
const signer = nodeSigner(seedBytes(signingKey))
const app = createReads({ ...wanted, signer, log, editors, now: Date.now, report })
const working = new Set<Promise<void>>()
let stopping = false

port.on('message', (message: ReadCall | 'stop') => {
  if (message === 'stop') return void end()
  const one: Promise<void> = run(message).then(() => void working.delete(one))
  working.add(one)
})
const indexing = indexes && indexMore !== null ? index(indexMore) : Promise.resolve()

async function run(call: ReadCall): Promise<void> {
  try {
    if (call.ask === 'answer') return await answer(call.id, call.request)
    const entries = JSON.stringify(await log.after(call.cursor, call.limit, call.interest))
    post({ id: call.id, entries })
  } catch (error) {
    post(errorOf(call.id, error, 'reading the log'))
  }
}

async function answer(id: number, { url, headers }: Omit<ReadRequest, 'key'>): Promise<void> {
  const made = await app.fetch(new Request(url, { headers }), {})
  const body = new Uint8Array(await made.arrayBuffer())
  post({ id, answer: { status: made.status, headers: Object.fromEntries(made.headers), body } }, [body.buffer])
}

/** Indexes in small transactions, so that neither an append nor a read waits long. */
async function index(indexSome: NonNullable<typeof indexMore>): Promise<void> {
  while (!stopping) {
    try {
      let lastMs: number | undefined
      const lasts = () => {
        // Measured from the first entry: before it, the transaction may have waited for a lock.
        lastMs ??= performance.now() + indexMsMax
        return performance.now() < lastMs
      }
      if (await indexSome(indexedMax, lasts)) return
      await sleep(indexRestMs)
    } catch (error) {
      report(error, 'indexing the log')
      await sleep(indexAgainMs)
    }
  }
}

function post(ending: ReadResult, moved: readonly ArrayBuffer[] = []): void {
  port?.postMessage(ending, [...moved])
}

function errorOf(id: number, error: unknown, doing: string): ReadResult {
  if (error instanceof StorageFault) return { id, fault: [error.kind, error.act] }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { id, message, stack, doing }
}

async function end(): Promise<void> {
  stopping = true
  await Promise.all([...working, indexing])
  await stores.close()
  port?.close()
}
