import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { subscribedSchema } from '../../src/push/subscriptions/subscribe.ts'
import { newsroomWithoutRules } from '../support/newsroom/newsroom-without-rules.ts'
import { childrenOf, gone, whole } from '../support/processes/process-states.ts'
import { ask, english, freePort, publish, type Running, startNode } from '../support/processes/service.ts'
import { startPushService } from '../support/push/push-service.ts'
import { startPushing } from '../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { hangUp, listenRaw, type RawListener } from '../support/streams/raw-listener.ts'
import { surfaceSuite } from './suites/surface.ts'

const handingFile = fileURLToPath(new URL('../support/processes/handing-main.ts', import.meta.url))

function opening(file?: string) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
    const service = await startNode(folder, { PROCESSES: '2' }, file)
    const close = async () => {
      expect(await service.end('SIGTERM')).toBe(0)
      rmSync(folder, { recursive: true, force: true })
    }
    return { url: service.url, close }
  }
}

surfaceSuite('two processes on one port', opening())
surfaceSuite('two processes whom a primary hands its connections', opening(handingFile))

const clean = cleaning()
const readersCount = 24

async function started(folder: string, env: Record<string, string> = {}): Promise<Running> {
  const service = await startNode(folder, { PROCESSES: '2', IO_URING: '1', ...env })
  clean(() => service.end('SIGKILL'))
  return service
}

const listeners = (url: string, query = '') =>
  Promise.all(Array.from({ length: readersCount }, () => listenRaw(url, query)))
const allHear = (all: readonly RawListener[], seq: number) =>
  Promise.all(all.map(({ frame }) => frame((it) => it.seq === seq)))

test('readers of both processes receive what is posted to either, and the metrics count them all', async () => {
  const service = await started(scratchFolder(clean))
  expect(childrenOf(service)).toHaveLength(2)
  const readers = await listeners(service.url)
  // The kernel chooses the process for each: twenty posts reach both.
  for (let count = 0; count < 20; count += 1) {
    const { seq } = await publish(service.url, english(`Post ${count}`))
    await allHear(readers, seq)
  }
  for (const reader of readers) expect(reader.seqs()).toEqual(readers[0]?.seqs())
  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  expect(metrics).toContain(`tocsin_subscribers{state="live"} ${readersCount}`)
  expect(metrics).toContain('tocsin_entries_total{kind="alert"} 20\n')
  for (const reader of readers) await hangUp(reader)
})

test('a killed process is replaced, whichever it is, and its readers come back to everything', async () => {
  const service = await started(scratchFolder(clean))
  const beginning = await publish(service.url, english('Before'))
  for (let round = 0; round < 2; round += 1) {
    const readers = await listeners(service.url, `?after=${beginning.cursor}`)
    // The oldest: the owner first, and then, when that is the younger one, the other.
    const [victim = 0, other] = childrenOf(service).toSorted((a, b) => a - b)
    process.kill(victim, 'SIGKILL')
    await gone(victim)
    const torn = new Set<RawListener>()
    for (const reader of readers) void reader.closed.then(() => torn.add(reader))
    await expect.poll(() => torn.size, { timeout: 10_000 }).toBeGreaterThan(0)
    expect(torn.size).toBeLessThan(readersCount)
    const made = await publish(service.url, english(`During ${round}`))
    await whole(service.url)
    const now = childrenOf(service)
    expect(now).toHaveLength(2)
    expect(now).toContain(other)
    expect(now).not.toContain(victim)
    const back = await Promise.all([...torn].map((one) => listenRaw(service.url, `?after=${one.cursor()}`)))
    const stayed = readers.filter((one) => !torn.has(one))
    await allHear([...back, ...stayed], made.seq)
    const last = await publish(service.url, english(`After ${round}`))
    await allHear([...back, ...stayed], last.seq)
    for (const one of [...back, ...stayed]) await hangUp(one)
  }
  expect(service.error()).toContain('Another takes its place')
})

test('no count of the whole falls when a process is killed, stands still, or is replaced', {
  timeout: 240_000,
}, async () => {
  const service = await started(scratchFolder(clean), { HUNG_SECONDS: '60' })
  const readers = await listeners(service.url)
  const { seq } = await publish(service.url, english('Counted'))
  await allHear(readers, seq)
  const [owner = 0, other = 0] = childrenOf(service).toSorted((a, b) => a - b)
  let highest = new Map<string, number>()
  const fallen: string[] = []
  const look = async () => {
    const answer = await patiently(`${service.url}/metrics`)
    const now = countsOf(await answer.text())
    for (const [name, count] of highest) if ((now.get(name) ?? 0) < count) fallen.push(`${name}: ${now.get(name)}`)
    highest = new Map([...highest, ...now])
    return now
  }
  // Both have been asked: the kernel chooses the process for each.
  for (let round = 0; round < 10; round += 1) await look()
  expect(highest.get('tocsin_deliveries_total')).toBe(readersCount)
  process.kill(other, 'SIGKILL')
  await gone(other)
  for (let round = 0; round < 10; round += 1) await look()
  await whole(service.url)
  const [younger = 0] = childrenOf(service).filter((pid) => pid !== owner)
  process.kill(younger, 'SIGSTOP')
  clean(() => process.kill(younger, 'SIGKILL'))
  const told = async () => (await (await patiently(`${service.url}/readyz`)).text()).includes('is silent')
  await expect.poll(() => told().catch(() => false)).toBe(true)
  for (let round = 0; round < 4; round += 1) await look().catch(() => {})
  process.kill(younger, 'SIGCONT')
  await whole(service.url)
  await look()
  expect(fallen).toEqual([])
  for (const reader of readers) await hangUp(reader)
})

/** What only grows, by name and labels. */
function countsOf(text: string): Map<string, number> {
  const grows = new Set([...text.matchAll(/^# TYPE (\w+) (?:counter|histogram)$/gm)].map(([, name]) => name))
  const lines = text.split('\n').map((line) => /^((\w+?)(?:_bucket|_sum|_count)?(?:\{.*\})?) ([\d.e+-]+)$/.exec(line))
  return new Map(lines.flatMap((it) => (grows.has(it?.[2]) ? [[it?.[1] ?? '', Number(it?.[3])] as const] : [])))
}

/** By a new connection, which the kernel may also give to a process that hangs. */
const patiently = (url: string) => fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(4_000) })

test.each([
  ['share the port', undefined],
  ['are handed its connections', handingFile],
])(
  'the limit of an address holds for processes that %s together, and a killed one takes its own with it',
  async (_, file) => {
    const service = await startNode(scratchFolder(clean), { PROCESSES: '2', CONNECTIONS_PER_ADDRESS: '5' }, file)
    clean(() => service.end('SIGKILL'))
    const come = (count: number) =>
      Promise.all(Array.from({ length: count }, () => listenRaw(service.url).catch((error: unknown) => error)))
    const isIn = (it: unknown): it is RawListener => !(it instanceof Error)
    const answers = await come(40)
    const readers = answers.filter(isIn)
    expect(readers).toHaveLength(5)
    const refused = { status: 429, headers: { 'retry-after': expect.any(String) } }
    for (const it of answers) if (!isIn(it)) expect(it).toMatchObject(refused)
    expect((await fetch(`${service.url}/v1/events`, { headers: { connection: 'close' } })).status).toBe(429)

    const [first] = readers
    if (first === undefined) throw new Error('nobody is in')
    await hangUp(first)
    await expect.poll(async () => (await come(1)).filter(isIn).length).toBe(1)
    expect((await come(10)).filter(isIn)).toHaveLength(0)

    const [victim = 0] = childrenOf(service)
    process.kill(victim, 'SIGKILL')
    await gone(victim)
    await whole(service.url)
    const left = async () => {
      const metrics = await (await fetch(`${service.url}/metrics`)).text()
      return Number(/tocsin_subscribers\{state="live"\} (\d+)/.exec(metrics)?.[1])
    }
    const stayed = await left()
    expect((await come(20)).filter(isIn)).toHaveLength(5 - stayed)
  },
)

test('a process that cannot start again is tried again and again, and meanwhile the others go on', async () => {
  const folder = scratchFolder(clean)
  const newsroom = join(folder, 'newsroom.json')
  const write = () => writeFileSync(newsroom, JSON.stringify(newsroomWithoutRules))
  write()
  const service = await started(folder, { NEWSROOM: newsroom })
  const [, younger = 0] = childrenOf(service).toSorted((a, b) => a - b)
  rmSync(newsroom)
  process.kill(younger, 'SIGKILL')
  await expect.poll(service.error, { timeout: 20_000 }).toContain('ended with code 2')
  const ready = () => fetch(`${service.url}/readyz`).then(({ status }) => status)
  await expect.poll(ready).toBe(503)
  const reader = await listenRaw(service.url)
  const { seq } = await publish(service.url, english('All the same'))
  await reader.frame((it) => it.seq === seq)
  write()
  await whole(service.url)
  await hangUp(reader)
})

test('no wake-up is needed: while the primary is stopped, a reader with a newer cursor goes live, and all receive the alert in the end', async () => {
  const service = await started(scratchFolder(clean))
  const { pid = 0 } = service.child
  const readers = await listeners(service.url)
  process.kill(pid, 'SIGSTOP')
  clean(() => process.kill(pid, 'SIGCONT'))
  // The process that did not append has not been told: those who come to it with the cursor must not be ahead of it.
  const { cursor, seq } = await publish(service.url, english('Unheard'))
  const knowing = await listeners(service.url, `?after=${cursor}`)
  const welcomes = await Promise.all(knowing.map(({ frame }) => frame(({ type }) => type === 'welcome')))
  for (const welcome of welcomes) expect(welcome).toMatchObject({ resume: 'live', cursor })
  await allHear(readers, seq)
  process.kill(pid, 'SIGCONT')
  for (const reader of [...readers, ...knowing]) await hangUp(reader)
})

test('when the primary is killed its children end, nobody holds the port, and the next start has everything', async () => {
  const folder = scratchFolder(clean)
  const port = await freePort()
  const first = await started(folder, { PORT: port })
  const readers = await listeners(first.url)
  const { cursor } = await publish(first.url, english('Before'))
  const orphans = childrenOf(first)
  expect(orphans).toHaveLength(2)
  await first.end('SIGKILL')
  // At once: the new primary waits for the old one's children.
  const second = await started(folder, { PORT: port })
  for (const pid of orphans) await gone(pid)
  await Promise.all(readers.map(({ closed }) => closed))
  const made = await publish(second.url, english('After'))
  const back = await listeners(second.url, `?after=${cursor}`)
  await allHear(back, made.seq)
  for (const reader of back) expect(reader.seqs()).toEqual([made.seq])
  for (const reader of back) await hangUp(reader)
})

test('whichever process is asked, the owner sends: test notifications, and each alert once', async () => {
  const pushService = await startPushService()
  clean(() => pushService.close())
  const service = await startPushing(scratchFolder(clean), pushService, { PROCESSES: '2' })
  clean(() => service.end('SIGTERM'))
  const subscribers = Array.from({ length: 12 }, () => pushService.makeReader())
  const results = await Promise.all(
    subscribers.map(async ({ address: { endpoint, p256dh, auth } }) => {
      const subscription = { endpoint, keys: { p256dh, auth } }
      const body = { subscription, interest: { languages: ['en'] } }
      const answer = await ask(service.url, 'POST', '/v1/subscriptions', body)
      const { id, token } = subscribedSchema.parse(await answer.json())
      const headers = { authorization: `Bearer ${token}`, connection: 'close' }
      const tested = await fetch(`${service.url}/v1/subscriptions/${id}/test`, { method: 'POST', headers })
      return tested.json()
    }),
  )
  expect(results).toEqual(Array(12).fill({ result: 'sent' }))
  await publish(service.url, english('Pushed'))
  const titles = () => subscribers.flatMap(({ id }) => pushService.got(id).map((it) => JSON.stringify(it)))
  await expect.poll(() => titles().filter((it) => it.includes('"title":"Pushed"')).length).toBe(12)
  expect(titles()).toHaveLength(24)
})

test('SIGTERM says goodbye to the readers of both processes, and everything ends with 0', async () => {
  const service = await started(scratchFolder(clean), { DRAIN_SECONDS: '1' })
  const readers = await listeners(service.url)
  const children = childrenOf(service)
  expect(await service.end('SIGTERM')).toBe(0)
  for (const pid of children) await gone(pid)
  expect(await Promise.all(readers.map(({ closed }) => closed))).toEqual(Array(readersCount).fill(4200))
  // Between goodbye and the close a heartbeat may be due.
  for (const { frames } of readers)
    expect(frames.findLast(({ type }) => type !== 'head')).toEqual({ type: 'goodbye', reconnectAfterMs: 1_000 })
  expect(service.error()).toBe('')
})

test('a second service on the same port is refused, though both could share it', async () => {
  const port = await freePort()
  await started(scratchFolder(clean), { PORT: port })
  await expect(started(scratchFolder(clean), { PORT: port })).rejects.toThrow(`Port ${port} is in use`)
})

test('settings that only a child can judge end the whole service with their code', async () => {
  const folder = scratchFolder(clean)
  const refused = started(folder, { NEWSROOM: join(folder, 'none.json') })
  await expect(refused).rejects.toThrow('ENOENT')
})
