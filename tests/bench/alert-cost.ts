import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { publish, startNode } from '../support/processes/service.ts'
import { usageOf } from './common/native.ts'
import { canPin, Worker } from './common/processes.ts'
import { lineThrough, median } from './common/summary.ts'
import type { ClientOrder, Dialect, ServerOrder } from './common/words.ts'

// What an alert costs the whole service, as `npm start` runs it with all its threads, beside the bare hub and its sockets:
// CPU by the number of readers. Where the line begins is what it costs whoever listens, its slope is what a reader costs.
// An alert goes to the one while the other is idle; the cost is the CPU of a second with an alert less one without.

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '1000,8000,15000' },
    rounds: { type: 'string', default: '8' },
  },
})
const sizes = [0, ...values.sockets.split(',').map(Number)]
const rounds = Number(values.rounds)
const windowMs = 1_000
const warmUpAlerts = 2
const queries = [
  'languages=en',
  'languages=fa,en&level=urgent',
  'languages=en&topics=afghanistan,iran',
  'languages=ru,uk,en',
]
const dialect: Dialect = { paths: queries.map((query) => `/v1/socket?${query}`), greetings: 1 }
const body = (seq: number) => ({
  topics: ['afghanistan'],
  texts: { en: { headline: `UN: Taliban Keeps Ties With Al-Qaeda (${seq})`, summary: 'Despite the peace deal.' } },
})

/** One of the two: an alert can be sent, and what the process has used so far looked up. */
type Side = {
  readonly name: string
  readonly port: number
  readonly alert: () => Promise<unknown>
  readonly cpuMs: () => Promise<number>
  readonly client: Worker
  readonly found: Map<number, number[]>
}

const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
const service = await startNode(folder, { LOG_LEVEL: 'error' }, undefined, undefined, canPin ? 0 : null)
const bare = new Worker(new URL('./servers/tocsin.ts', import.meta.url), 0)
const { ready: barePort } = await bare.next<{ ready: number }>('ready')
const sides: readonly [Side, Side] = [
  {
    name: 'the whole service',
    port: Number(new URL(service.url).port),
    alert: () => publish(service.url, body(Date.now())),
    cpuMs: async () => usageOf(service.child.pid ?? 0).cpuMicroseconds / 1_000,
    client: new Worker(new URL('./clients/client.ts', import.meta.url), 1),
    found: new Map(),
  },
  {
    name: 'the bare hub',
    port: barePort,
    alert: nextOf(bare),
    async cpuMs() {
      const order: ServerOrder = { do: 'usage' }
      return (await bare.ask<{ cpuMicroseconds: number }>(order, 'cpuMicroseconds')).cpuMicroseconds / 1_000
    },
    client: new Worker(new URL('./clients/client.ts', import.meta.url), 1),
    found: new Map(),
  },
]

/** The bare hub counts its entries by itself. */
function nextOf(server: Worker): () => Promise<unknown> {
  let next = 0
  return () => {
    next += 1
    return server.ask<{ beganAt: number }>({ do: 'broadcast', seq: next } satisfies ServerOrder, 'beganAt')
  }
}

/** An alert to one of the two, and the CPU of both in the second in which it goes round. */
async function alertTo(side: Side, isHeard: boolean): Promise<readonly number[]> {
  if (isHeard) await side.client.ask({ do: 'expect' } satisfies ClientOrder, 'expecting')
  const before = await Promise.all(sides.map(({ cpuMs }) => cpuMs()))
  const heard = isHeard ? side.client.next('lastAt') : Promise.resolve()
  heard.catch(() => {})
  const over = sleep(windowMs)
  await side.alert()
  await heard
  await over
  const after = await Promise.all(sides.map(({ cpuMs }) => cpuMs()))
  return after.map((ms, index) => ms - (before[index] ?? 0))
}

try {
  let connected = 0
  for (const size of sizes) {
    process.stderr.write(`${size} readers of each …\n`)
    for (const { port, client } of sides) {
      const order: ClientOrder = { do: 'connect', port, count: size - connected, dialect }
      if (size > connected) await client.ask(order, 'connected')
    }
    connected = size
    const used: (readonly number[])[][] = [[], []]
    for (let round = -warmUpAlerts; round < rounds; round += 1)
      for (const [index, side] of sides.entries()) {
        const both = await alertTo(side, size > 0)
        if (round >= 0) used[index]?.push(both)
      }
    for (const [index, side] of sides.entries()) {
      // The other's seconds are this one's quiet ones.
      const quiet = median((used[1 - index] ?? []).map((both) => both[index] ?? 0))
      const costs = (used[index] ?? []).map((both) => (both[index] ?? 0) - quiet)
      side.found.set(size, costs)
      process.stderr.write(
        `  ${side.name}: ${median(costs).toFixed(1)} ms an alert (${quiet.toFixed(1)} ms in quiet)\n`,
      )
    }
  }
  const lines = sides.map(({ name, found }) => {
    const points = [...found].map(([size, costs]) => ({ x: size, y: median(costs) }))
    return { name, points, ...lineThrough(points) }
  })
  const [whole, hub] = lines
  for (const { name, points, begin, slope } of lines)
    process.stdout.write(
      `${name.padEnd(18)} ${begin.toFixed(1)} ms an alert and ${(slope * 1_000).toFixed(2)} µs a reader; measured: ${points.map(({ x, y }) => `${x}: ${y.toFixed(1)} ms`).join(', ')}\n`,
    )
  process.stdout.write(
    `the whole service ÷ the bare hub, a reader: ${((whole?.slope ?? 0) / (hub?.slope ?? 1)).toFixed(2)}; CPU of all threads, ${rounds} rounds a size${canPin ? ', both on core 0' : ''}\n`,
  )
  const results = new URL('results/', import.meta.url)
  await mkdir(results, { recursive: true })
  const at = new Date().toISOString()
  await writeFile(
    new URL(`alert-cost-${at.replaceAll(':', '')}.json`, results),
    `${JSON.stringify({ at, sizes, rounds, lines }, null, 2)}\n`,
  )
} finally {
  await Promise.all(sides.map(({ client }) => client.end()))
  await bare.end()
  await service.end('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
