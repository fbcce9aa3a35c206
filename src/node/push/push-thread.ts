import { parentPort, workerData } from 'node:worker_threads'
import { v7 as uuidv7 } from 'uuid'
import { Vault } from '../../push/crypto/address-encryption.ts'
import type { Seal } from '../../push/crypto/seal.ts'
import { PushAlarm } from '../../push/outbox/alarms.ts'
import { StoredAddresses } from '../../store/sqlite/subscription-addresses.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import { openSqlite } from '../storage/sqlite-file.ts'
import { giveWay } from '../thread-priority.ts'
import { leanVaultCrypto } from './node-address-encryption.ts'
import { leanSeal } from './node-seal.ts'
import { prepareKeys } from './prepared-keys/key-preparation.ts'
import { PreparedKeys, type PreparedSlab } from './prepared-keys/prepared-keys.ts'
import { type SenderSettings, startPushWork, type Tally } from './push-work.ts'

// One sending thread: its own SQLite connection, its own connections to the push services, its own loans.

/** What a thread is given at its start. */
export type ThreadOrder = {
  readonly databasePath: string
  readonly settings: SenderSettings
  readonly epoch: string
  readonly owner: string
  /** The records made ahead, shared by all threads, and which part of the subscriptions this one prepares. */
  readonly prepared: PreparedSlab
  readonly part: number
  readonly parts: number
}

/** What a thread is told. The bell carries nothing. */
export type ToThread = 'ring' | 'stop'

/** What a thread says. */
export type FromThread =
  | { readonly kind: 'tally'; readonly tally: Tally }
  | {
      readonly kind: 'trouble'
      readonly message: string
      readonly stack: string | undefined
      readonly doing: string
      /** An error's class does not survive the way between threads. */
      readonly alarm: Pick<PushAlarm, 'kind' | 'host' | 'detail'> | null
      readonly storage: ConstructorParameters<typeof StorageFault> | null
    }

const tallyMs = 500

const port = parentPort
if (port === null) throw new Error('push-thread.ts runs as a worker thread')
const say = (word: FromThread): void => port.postMessage(word)
const report = (trouble: unknown, doing: string): void => {
  const { message, stack } = trouble instanceof Error ? trouble : new Error(String(trouble))
  const alarm = trouble instanceof PushAlarm ? { kind: trouble.kind, host: trouble.host, detail: trouble.detail } : null
  const storage = trouble instanceof StorageFault ? ([trouble.kind, trouble.act] as const) : null
  say({ kind: 'trouble', message, stack, doing, alarm, storage: storage === null ? null : [...storage] })
}

giveWay()
const { databasePath, settings, epoch, owner, part, parts, ...order } = workerData as ThreadOrder
const sql = openSqlite(databasePath, 'normal', () => {}, true)
const world = { now: Date.now, newId: () => uuidv7(), report }
const prepared = new PreparedKeys(order.prepared)
const seal: Seal = async (payload, address) => prepared.seal(address, payload) ?? leanSeal(payload, address)
const work = await startPushWork({ sql, settings, world, seal, epoch, owner })
const vault = await Vault.make(settings.secret, leanVaultCrypto(settings.secret))
const addresses = new StoredAddresses(sql, vault, part, parts)
const stopping = new AbortController()
const preparing = prepared.roomy ? prepareKeys({ addresses, prepared, busy: work.busy, report }, stopping.signal) : null

let told = ''
const tell = (): void => {
  const now = JSON.stringify(work.tally)
  if (now === told) return
  told = now
  say({ kind: 'tally', tally: { ...work.tally } })
}
const telling = setInterval(tell, tallyMs)

port.on('message', (word: ToThread) => {
  if (word === 'ring') work.ring()
  else void end()
})

async function end(): Promise<void> {
  stopping.abort()
  await work.stop()
  await preparing
  clearInterval(telling)
  tell()
  sql.close()
  port?.close()
}
