import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { childrenOf, gone, isAlive, whole } from '../../support/processes/process-states.ts'
import { ask, english, newKey, publish, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { hangUp, listenRaw, type RawListener } from '../../support/streams/raw-listener.ts'

const clean = cleaning()
const readersCount = 24

async function started(env: Record<string, string>): Promise<Running> {
  const service = await startNode(scratchFolder(clean), { PROCESSES: '2', ...env })
  clean(() => service.end('SIGKILL'))
  return service
}

/** By a new connection each time, until one is answered: the kernel also gives them to a process that hangs. */
const patiently = (url: string) => fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(400) })

/** Publishes with one key until it is answered; gives the seq. */
async function publishPatiently(url: string, headline: string): Promise<number> {
  const headers = { 'idempotency-key': newKey(), connection: 'close' }
  const body = { level: 'urgent', ...english(headline) }
  for (;;) {
    const answer = ask(url, 'POST', '/v1/alerts', body, headers).catch(() => null)
    const first = await Promise.race([answer, sleep(1_000, null)])
    if (first?.status === 201) return Number(JSON.parse(await first.text()).seq)
  }
}

const listeners = (url: string, query = '') =>
  Promise.all(Array.from({ length: readersCount }, () => listenRaw(url, query)))
const allHear = (all: readonly RawListener[], seq: number) =>
  Promise.all(all.map(({ frame }) => frame((it) => it.seq === seq)))

test('a process that hangs is named, replaced, and its readers come back to everything, once', async () => {
  const service = await started({ HUNG_SECONDS: '7' })
  const beginning = await publish(service.url, english('Before'))
  for (let round = 0; round < 2; round += 1) {
    const readers = await listeners(service.url, `?after=${beginning.cursor}`)
    // The owner first; then, when that is the younger one, the other.
    const [victim = 0] = childrenOf(service).toSorted((a, b) => a - b)
    process.kill(victim, 'SIGSTOP')
    const torn = new Set<RawListener>()
    for (const reader of readers) void reader.closed.then(() => torn.add(reader))
    const named = `process ${round + 1} (${victim}) is silent`
    const ready = async () => (await patiently(`${service.url}/readyz`)).text()
    await expect.poll(() => ready().catch(() => ''), { timeout: 10_000 }).toContain(named)
    const metrics = async () => (await patiently(`${service.url}/metrics`)).text()
    await expect.poll(() => metrics().catch(() => '')).toContain('tocsin_processes 1')
    const during = await publishPatiently(service.url, `During ${round}`)
    const isHung = isAlive(victim)
    await gone(victim)
    await whole(service.url)
    await expect.poll(() => torn.size, { timeout: 10_000 }).toBeGreaterThan(0)
    expect(torn.size).toBeLessThan(readersCount)
    // Whoever the hung one held has heard nothing of it.
    if (isHung) for (const reader of torn) expect(reader.seqs()).not.toContain(during)
    const back = await Promise.all([...torn].map((one) => listenRaw(service.url, `?after=${one.cursor()}`)))
    const stayed = readers.filter((one) => !torn.has(one))
    const last = await publish(service.url, english(`After ${round}`))
    await allHear([...back, ...stayed], last.seq)
    for (const one of back) expect(one.seqs()).toEqual([during, last.seq])
    const replaced = `tocsin_processes_replaced_total{why="hung"} ${round + 1}`
    expect(await metrics()).toContain(replaced)
    for (const one of [...back, ...stayed]) await hangUp(one)
  }
  expect(service.error()).toContain('has not answered for 7 s. It is killed')
})

test('a primary that stood still itself blames no child for it', async () => {
  const service = await started({ HUNG_SECONDS: '2' })
  const { pid = 0 } = service.child
  const children = childrenOf(service)
  process.kill(pid, 'SIGSTOP')
  clean(() => process.kill(pid, 'SIGCONT'))
  await sleep(4_000)
  process.kill(pid, 'SIGCONT')
  await sleep(3_500)
  expect(childrenOf(service)).toEqual(children)
  expect(service.error()).toBe('')
})
