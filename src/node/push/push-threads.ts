import { PushAlarm } from '../../push/outbox/alarms.ts'
import type { SendingNodes } from '../../push/outbox/block-homes.ts'
import { noPushes } from '../../push/outbox/outbox.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import { programFile } from '../program.ts'
import type { PushStorage } from '../stores/push-storage.ts'
import { prepareHeapForSending } from '../threads/heap.ts'
import { ThreadSupervisor } from '../threads/thread-supervisor.ts'
import { newOwner } from './lease-owner.ts'
import { makePreparedSlab, PreparedKeys } from './prepared-keys/prepared-keys.ts'
import type { FromThread, PushThreadData, ToThread } from './push-thread.ts'
import type { PushPlatform, PushWork } from './push-work.ts'

const threadFile = programFile('push/push-thread')

type CommonData = Omit<PushThreadData, 'owner' | 'nodes' | 'part' | 'parts' | 'prepared'>

type Deps = {
  readonly storage: Pick<PushStorage, 'endLeasesOf'>
  readonly count: number
  /** The most prepared records, over all threads. */
  readonly preparedMax: number
  readonly common: CommonData
  readonly world: Pick<PushPlatform, 'report' | 'now'>
  /** Whether there is somebody to push to. Asked until there is. */
  readonly hasSubscriptions: () => Promise<boolean>
  /** Whether a delivery has not ended, such as one to nobody. */
  readonly hasOpenEntries: () => Promise<boolean>
}

const lookMs = 5_000
/** With a tenth more slots than records, 99 of 100 addresses find one when all are prepared; without, 95. */
const slotsPerRecord = 1.1

/**
 * Worker threads that push from one outbox. They start when there is work for the first time, because each takes some
 * 12 MiB. A thread that dies is replaced, and its leased work is due again at once. Each thread limits its own
 * concurrency, so a push service gets at most `count` times that of one thread.
 */
export function startPushThreads({ storage, count, preparedMax, common, world, ...has }: Deps): PushWork {
  const prepared = makePreparedSlab(common.settings.sender === 'own' ? Math.ceil(preparedMax * slotsPerRecord) : 0)
  const shared = new PreparedKeys(prepared)
  const pushCounts = { ...noPushes }
  let nodes: SendingNodes | null = null
  const threads: ThreadSupervisor<PushThreadData, ToThread, FromThread>[] = []

  const wake = (): void => {
    // To start a thread for nobody would slow the alert that goes out at this moment.
    if (threads.length === 0) void look(has.hasSubscriptions)
    for (const thread of threads) thread.postMessage('wake')
  }

  /** If this fails, the work is due again when its leases end. */
  function takeBack(owner: string): void {
    storage.endLeasesOf(owner).then(wake, (error: unknown) => world.report(error, "taking back a thread's work"))
  }

  function threadRun(part: number) {
    const owner = newOwner()
    let last = noPushes
    return {
      workerData: { ...common, prepared, part, parts: count, owner, nodes },
      onMessage(message: FromThread): void {
        if (message.kind === 'error') world.report(errorOf(message), message.doing)
        else {
          for (const name of ['accepted', 'gone', 'failed', 'again'] as const)
            pushCounts[name] += message.pushCounts[name] - last[name]
          last = message.pushCounts
        }
      },
      onExit(): void {
        takeBack(owner)
      },
    }
  }

  let isStopped = false
  function start(): void {
    if (isStopped || threads.length > 0) return
    clearInterval(looking)
    prepareHeapForSending()
    for (let part = 0; part < count; part += 1)
      threads.push(
        new ThreadSupervisor({ ...world, file: threadFile, name: 'a push thread', startRun: () => threadRun(part) }),
      )
  }

  const look = async (...asked: readonly (() => Promise<boolean>)[]): Promise<void> => {
    try {
      for (const ask of asked) if (await ask()) return start()
    } catch (error) {
      world.report(error, 'looking for subscriptions')
    }
  }
  // Subscriptions are stored by other processes too.
  const looking = setInterval(() => void look(has.hasSubscriptions, has.hasOpenEntries), lookMs)
  looking.unref()
  void look(has.hasSubscriptions, has.hasOpenEntries)
  return {
    pushCounts,
    prepared: () => shared.count,
    wake,
    keyUses: () => ({ prepared: shared.taken, computed: shared.missed }),
    shareWith(present) {
      if (JSON.stringify(present) === JSON.stringify(nodes)) return
      nodes = present
      for (const thread of threads) thread.postMessage(present)
    },
    async stop() {
      isStopped = true
      clearInterval(looking)
      await Promise.all(threads.map((thread) => thread.stop()))
    },
  }
}

function errorOf({ message, stack, alarm, storage }: FromThread & { readonly kind: 'error' }): Error {
  if (storage !== null) return new StorageFault(...storage)
  const error = alarm === null ? new Error(message) : new PushAlarm(alarm.kind, alarm.host, alarm.detail)
  if (stack !== undefined) error.stack = stack
  return error
}
