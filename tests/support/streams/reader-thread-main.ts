import { parentPort, workerData } from 'node:worker_threads'
import { listenRaw, type RawListener } from './raw-listener.ts'

// Readers in a thread of their own, so that what they hear is not late because the peers beside them keep us busy.

/** What it is given at its start. */
export type HearingOrder = { readonly url: string; readonly readers: number }
/** `heard`: a number of the log has reached all; when it reached the last, in milliseconds since 1970. */
export type HearingWord =
  | { readonly heard: number; readonly atMs: number }
  | { readonly all: readonly number[][] }
  | 'ready'

const { url, readers } = workerData as HearingOrder
const atOnce = 50
const listening: RawListener[] = []
while (listening.length < readers) {
  const count = Math.min(atOnce, readers - listening.length)
  listening.push(...(await Promise.all(Array.from({ length: count }, () => listenRaw(url, '?languages=en')))))
}
say('ready')

parentPort?.on('message', async (asked: number | 'all' | 'stop') => {
  if (asked === 'all') return say({ all: listening.map(({ seqs }) => seqs()) })
  if (asked === 'stop') process.exit()
  let last = 0
  await Promise.all(
    listening.map(async ({ frame }) => {
      await frame(({ type, seq }) => type === 'alert' && seq === asked)
      last = Math.max(last, performance.timeOrigin + performance.now())
    }),
  )
  say({ heard: asked, atMs: last })
})

function say(word: HearingWord): void {
  parentPort?.postMessage(word)
}
