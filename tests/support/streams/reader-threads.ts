import { Worker } from 'node:worker_threads'
import type { HearingOrder, HearingWord } from './reader-thread-main.ts'

/** Many readers of one service. */
export type Hearing = {
  /** Resolves when an entry has reached all of them: with the time that it took from `act`, which must append it. */
  hears(seq: number, act: () => Promise<unknown>): Promise<number>
  /** What each has heard, in order. */
  all(): Promise<readonly number[][]>
  end(): Promise<unknown>
}

/** Connects readers from a thread of their own; resolves when all are in. */
export async function startHearing(order: HearingOrder): Promise<Hearing> {
  const worker = new Worker(new URL('./reader-thread-main.ts', import.meta.url), { workerData: order })
  const word = () =>
    new Promise<HearingWord>((resolve, reject) => {
      const settle = (act: () => void) => {
        worker.off('message', onWord)
        worker.off('error', onError)
        act()
      }
      const onWord = (said: HearingWord) => settle(() => resolve(said))
      const onError = (error: unknown) => settle(() => reject(error as Error))
      worker.on('message', onWord)
      worker.on('error', onError)
    })
  await word()
  return {
    async hears(seq, act) {
      const heard = word()
      worker.postMessage(seq)
      const began = performance.timeOrigin + performance.now()
      await act()
      const said = await heard
      if (typeof said === 'string' || !('atMs' in said) || said.heard !== seq) throw new Error(`not heard: ${seq}`)
      return said.atMs - began
    },
    async all() {
      const said = word()
      worker.postMessage('all')
      const told = await said
      return typeof told !== 'string' && 'all' in told ? told.all : []
    },
    end: () => worker.terminate(),
  }
}
