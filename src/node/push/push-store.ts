import { Problem } from '../../domain/problem.ts'
import { StorageFault } from '../../store/storage-fault.ts'
import { programFile } from '../program.ts'
import { ThreadSupervisor } from '../threads/thread-supervisor.ts'
import type { Call, CallResult, PushStore, PushStoreThreadData } from './push-store-thread.ts'

const threadFile = programFile('push/push-store-thread')

/**
 * These calls are batched for so many milliseconds. The delay is not noticeable, and disk and thread are woken less
 * often.
 */
const collectMs = 10
const patient: ReadonlySet<keyof PushStore> = new Set(['subscribe', 'put', 'importOne'])
/** The most calls that may wait for the thread. */
const waitingMax = 10_000
const retryAfterSeconds = 2

type Deps = PushStoreThreadData & {
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }

/** The store in its own thread. */
export type ThreadedPushStore = PushStore & {
  /** Calls `listener` when a thread that died has been replaced. */
  onReplaced(listener: () => void): void
  /** Ends the thread, once all earlier calls are answered. */
  stop(): Promise<void>
}

/**
 * Stores subscriptions and opens pushes in a thread with its own database connection. When the thread dies, its calls
 * fail with a Problem (503 with Retry-After). They may have been done, and all of them may be repeated.
 */
export function startPushStore({ address, secret, wanted, now, report }: Deps): ThreadedPushStore {
  const waiting = new Map<number, Waiting>()
  let outgoing: Call[] = []
  let sending: ReturnType<typeof setTimeout> | undefined
  let asked = 0
  let replaced = (): void => {}
  const thread = new ThreadSupervisor<PushStoreThreadData, readonly Call[], readonly CallResult[]>({
    ...{ file: threadFile, name: 'the thread of the subscriptions', now, report },
    startRun() {
      // The supervisor sets the new thread after this step.
      setImmediate(() => replaced())
      return { workerData: { address, secret, wanted }, onMessage: receiveResults, onExit: ended }
    },
  })

  function call<What extends keyof PushStore>(what: What) {
    return (...given: Parameters<PushStore[What]>): ReturnType<PushStore[What]> => {
      const answer = new Promise((resolve, reject) => {
        if (waiting.size >= waitingMax) return reject(notNow())
        asked += 1
        waiting.set(asked, { resolve, reject })
        outgoing.push({ id: asked, what, given })
        // Calls that share a commit share a message: waking a thread costs more than the call.
        if (!patient.has(what)) send()
        else sending ??= setTimeout(send, collectMs)
      })
      // Caller and thread are the same program: the result has the type of the method.
      return answer as ReturnType<PushStore[What]>
    }
  }

  function send(): void {
    clearTimeout(sending)
    sending = undefined
    const calls = outgoing
    outgoing = []
    if (!thread.postMessage(calls)) for (const { id } of calls) settle(id, ({ reject }) => reject(notNow()))
  }

  function receiveResults(endings: readonly CallResult[]): void {
    for (const ending of endings)
      settle(ending.id, ({ resolve, reject }) => {
        if (ending.kind === 'done') resolve(ending.result)
        else if (ending.kind === 'storage') reject(reported(new StorageFault(...ending.fault)))
        else reject(ending.kind === 'refused' ? new Problem(...ending.problem) : brokenOf(ending))
      })
  }

  /** The storage monitor does not see errors of another thread's connection. */
  function reported(fault: StorageFault): StorageFault {
    report(fault, 'keeping subscriptions')
    return fault
  }

  function ended(): void {
    for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(notNow()))
  }

  function settle(id: number, tell: (one: Waiting) => void): void {
    const one = waiting.get(id)
    waiting.delete(id)
    if (one !== undefined) tell(one)
  }

  return {
    subscribe: call('subscribe'),
    put: call('put'),
    get: call('get'),
    change: call('change'),
    remove: call('remove'),
    interestOf: call('interestOf'),
    count: call('count'),
    importOne: call('importOne'),
    page: call('page'),
    hostKeyCounts: call('hostKeyCounts'),
    open: call('open'),
    opened: call('opened'),
    onReplaced(listener) {
      replaced = listener
    },
    async stop() {
      send()
      await thread.stop()
    },
  }
}

function notNow(): Problem {
  return new Problem(
    503,
    'subscriptions-busy',
    'Subscriptions cannot be saved or read at this moment. Send the same again in a moment; nothing is done twice.',
    { retryAfterSeconds },
  )
}

function brokenOf({ message, stack }: CallResult & { readonly kind: 'broken' }): Error {
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
