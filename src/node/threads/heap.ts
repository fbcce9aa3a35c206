import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Gc = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

const threadStartMs = 500

/**
 * Gives back the memory that this thread needed for its start only, such as sources and functions that run once. V8
 * would keep it, because an idle thread allocates too little to start a collection: 22 of the 165 MB of a service. Blocks
 * the thread for 40 to 80 ms. Source: V8's extension `gc`, which each context has that is made under `--expose-gc`. Never
 * throws: where V8 has no `gc` (under `--expose-gc-as`) or another one, the memory is kept.
 */
export function collectGarbage(): void {
  try {
    setFlagsFromString('--expose-gc')
    const gc: Gc = runInNewContext('gc')
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  } catch {
    // Only memory is lost, and a service that runs must not end for that.
  }
}

/** Collects in a worker thread soon after its start, because the start of the service waits for its first results. */
export function collectGarbageSoon(): void {
  setTimeout(collectGarbage, threadStartMs).unref()
}

/**
 * Lets threads that start from now on collect as usual. The program is started with `--initial-old-space-size`, so that
 * the heap of the thread with the sockets is not collected as a whole while a storm of readers arrives. The other
 * threads have no such storms, and should stay small.
 */
export function limitHeapOfThreads(): void {
  setFlagsFromString('--initial-old-space-size=0')
}

/** Node's own limit. With 1 MiB, as the other threads have it, collecting took 22 % of both push threads' time. */
const sendingSemiSpaceMib = 16
/** Below it, a heap is not collected as a whole. Threads are started with none, and collected it again and again. */
const sendingOldSpaceMib = 32

/**
 * Lets threads that start from now on have a young generation for hundreds of pushes in progress. The program is started
 * with a small one (`--max-semi-space-size`), in which nearly every object of a push is copied as a survivor: collections
 * took a fifth of a sending thread's time. It grows only in a thread that needs it.
 *
 * From now on each thread collects its young generation alone. V8's helper threads have no core of their own while
 * pushes are sent, and sharing so little work cost them and the waiting thread 18 % of the CPU time of a push.
 */
export function prepareHeapForSending(): void {
  setFlagsFromString(`--max-semi-space-size=${sendingSemiSpaceMib}`)
  setFlagsFromString(`--initial-old-space-size=${sendingOldSpaceMib}`)
  setFlagsFromString('--no-parallel-scavenge')
}
