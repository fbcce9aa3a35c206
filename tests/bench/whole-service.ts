import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { childrenOf } from '../support/processes/process-states.ts'
import { freePort, publish, startNode } from '../support/processes/service.ts'
import { usageOf } from './common/native.ts'
import { Worker } from './common/processes.ts'
import { median } from './common/summary.ts'
import { type ClientOrder, clockMicroseconds, type Dialect } from './common/words.ts'

// The whole service, as an operator starts it, in two processes on one port: twice the sockets of one file limit.

const usage = `Measures the whole service in several processes on one port, nothing pinned.

Usage: npm run bench:processes -- [--sockets 30000] [--rounds 10] [--processes 2]

  --sockets    readers in all
  --rounds     alerts
  --processes  processes of the service`

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '30000' },
    rounds: { type: 'string', default: '10' },
    processes: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const clientsCount = 2
const sockets = Number(values.sockets)
const queries = ['languages=en', 'languages=fa,en', 'languages=en&topics=afghanistan,iran', 'languages=ru,uk,en']
const dialect: Dialect = { paths: queries.map((query) => `/v1/socket?${query}`), greetings: 1 }
const post = (round: number) => ({
  topics: ['afghanistan'],
  texts: { en: { headline: `UN: Taliban Keeps Ties With Al-Qaeda (${round})`, summary: 'Despite the peace deal.' } },
})

const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
const port = await freePort()
const service = await startNode(folder, { PROCESSES: values.processes, PORT: port })
const servers = values.processes === '1' ? [service.child.pid ?? 0] : childrenOf(service)
const clients = Array.from(
  { length: clientsCount },
  () => new Worker(new URL('./clients/client.ts', import.meta.url), null),
)
try {
  const usages = () => servers.map((pid) => usageOf(pid))
  const sum = (of: (usage: ReturnType<typeof usages>[number]) => number) =>
    usages().reduce((all, it) => all + of(it), 0)
  const rssBefore = sum((it) => it.rssBytes)
  const beganAt = clockMicroseconds()
  const order: ClientOrder = { do: 'connect', port: Number(port), count: sockets / clientsCount, dialect }
  await Promise.all(clients.map((client) => client.ask(order, 'connected')))
  const connectMs = (clockMicroseconds() - beganAt) / 1_000
  await sleep(5_000)
  const rssKib = (sum((it) => it.rssBytes) - rssBefore) / 1_024 / sockets
  const rounds: { lastMs: number; cpuMicroseconds: number }[] = []
  for (let round = 0; round < Number(values.rounds); round += 1) {
    await Promise.all(clients.map((client) => client.ask({ do: 'expect' } satisfies ClientOrder, 'expecting')))
    const heard = Promise.all(clients.map((client) => client.next<{ lastAt: number }>('lastAt')))
    heard.catch(() => {})
    const cpuBefore = sum((it) => it.cpuMicroseconds)
    const postedAt = clockMicroseconds()
    await publish(service.url, post(round))
    const lastAt = Math.max(...(await heard).map((it) => it.lastAt))
    const cpuMicroseconds = (sum((it) => it.cpuMicroseconds) - cpuBefore) / sockets
    rounds.push({ lastMs: (lastAt - postedAt) / 1_000, cpuMicroseconds })
    await sleep(500)
  }
  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  const live = /tocsin_subscribers\{state="live"\} (\d+)/.exec(metrics)?.[1]
  const summary = {
    ...{ sockets, live: Number(live), processes: Number(values.processes), connectMs, rssKib },
    lastMs: median(rounds.map((it) => it.lastMs)),
    cpuMicroseconds: median(rounds.map((it) => it.cpuMicroseconds)),
  }
  process.stdout.write(
    `${live} of ${sockets} readers live in ${values.processes} processes, connected in ${connectMs.toFixed(0)} ms, ${rssKib.toFixed(1)} KiB each
an alert, from its posting to the last of them: ${summary.lastMs.toFixed(0)} ms; CPU of all ${summary.cpuMicroseconds.toFixed(1)} µs a message; ${rounds.length} rounds, nothing pinned\n`,
  )
  const results = new URL('results/', import.meta.url)
  await mkdir(results, { recursive: true })
  const at = new Date().toISOString()
  const file = new URL(`processes-${at.replaceAll(':', '')}.json`, results)
  await writeFile(file, `${JSON.stringify({ at, summary, rounds }, null, 2)}\n`)
} finally {
  await Promise.all(clients.map((client) => client.end()))
  await service.end('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
