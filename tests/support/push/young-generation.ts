import { once } from 'node:events'
import { getHeapSpaceStatistics } from 'node:v8'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { prepareHeapForSending } from '../../../src/node/threads/heap.ts'

// Prints how large the young generation of a busy thread becomes, in MiB: of one that starts before the call, and of one
// that starts after it.

const objects = 2_000_000
const survivors = 50_000

async function sizeInThread(): Promise<number> {
  const [mib] = await once(new Worker(new URL(import.meta.url)), 'message')
  return Number(mib)
}

if (isMainThread) {
  const before = await sizeInThread()
  prepareHeapForSending()
  process.stdout.write(JSON.stringify({ before, after: await sizeInThread() }))
} else {
  let kept: object[] = []
  for (let nth = 0; nth < objects; nth += 1) {
    kept.push({ nth })
    if (kept.length > survivors) kept = []
  }
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  parentPort?.postMessage((space?.space_size ?? 0) / 1_048_576)
}
