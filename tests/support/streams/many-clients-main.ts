import { type Entry, listen } from '../../../src/client/listen.ts'

// Many clients in a process of its own, so that those of other processes do not make what they receive late.

/** What it is given at its start, as JSON. */
export type ClientsOrder = {
  readonly url: string
  readonly clients: number
  readonly transport: 'socket' | 'events'
  /** How many are begun at once, and after how many milliseconds the next. */
  readonly atOnce: number
  readonly pauseMs: number
}

/** How they stand: how many are live, and how many entries each of them has. */
export type ClientsWord = {
  readonly live: number
  readonly least: number
  readonly most: number
  /** What was received twice, or not in order. */
  readonly wrong: readonly string[]
  readonly resets: number
  /** By seq: how late the last client had it that has it, in milliseconds after the entry's time. */
  readonly lateMs: Readonly<Record<number, number>>
}

const order = JSON.parse(String(process.argv[2])) as ClientsOrder
const received: number[][] = []
const live = new Set<number>()
const wrong: string[] = []
const lateMs: Record<number, number> = {}
let resets = 0

function begin(nth: number): void {
  const seqs: number[] = []
  received.push(seqs)
  listen({
    ...{ url: order.url, transport: order.transport, languages: ['en'] },
    onState: (state) => void (state === 'live' ? live.add(nth) : live.delete(nth)),
    onReset() {
      resets += 1
    },
    onEntry({ seq, at }: Entry) {
      if (seq !== (seqs.at(-1) ?? seq - 1) + 1) wrong.push(`client ${nth}: ${seq} after ${seqs.at(-1)}`)
      seqs.push(seq)
      lateMs[seq] = Math.max(lateMs[seq] ?? 0, Date.now() - Date.parse(at))
    },
  })
}

for (let nth = 0; nth < order.clients; nth += 1)
  setTimeout(() => begin(nth), Math.floor(nth / order.atOnce) * order.pauseMs)

process.on('message', () => {
  const counts = received.map((seqs) => seqs.length)
  const word = { live: live.size, least: Math.min(...counts), most: Math.max(...counts), wrong, resets, lateMs }
  process.send?.(word satisfies ClientsWord)
})
// With the test that started it.
process.on('disconnect', () => process.exit())
