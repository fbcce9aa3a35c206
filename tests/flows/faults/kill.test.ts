import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ask, english, freePort, newKey, publish, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { hangUp, listenRaw, type RawListener } from '../../support/streams/raw-listener.ts'

const clean = cleaning()
const crashFile = fileURLToPath(new URL('../../support/processes/crash-main.ts', import.meta.url))
const readers = 8

async function started(folder: string, env: Record<string, string>, file?: string): Promise<Running> {
  const service = await startNode(folder, env, file)
  clean(() => service.end('SIGKILL'))
  return service
}

type Page = {
  readonly cursor: string
  readonly head: string
  readonly entries: { seq: number; alert: { texts: { en: { headline: string } } } }[]
}

async function logOf(url: string): Promise<{ seq: number; headline: string }[]> {
  const log: { seq: number; headline: string }[] = []
  for (let cursor = `${await epochOf(url)}.0`; ; ) {
    const page = (await (await ask(url, 'GET', `/v1/alerts?after=${cursor}&limit=500`)).json()) as Page
    log.push(...page.entries.map(({ seq, alert }) => ({ seq, headline: alert.texts.en.headline })))
    cursor = page.cursor
    if (cursor === page.head) return log
  }
}

async function epochOf(url: string): Promise<unknown> {
  const listener = await listenRaw(url)
  const { epoch } = await listener.frame(({ type }) => type === 'welcome')
  await hangUp(listener)
  return epoch
}

test.each([
  'before-commit',
  'between-inserts',
  'after-commit',
  'before-deliver',
  'after-deliver',
  'mid-sweep',
  'before-answer',
])(
  'killed %s, nothing accepted is lost, nothing unaccepted is told, and the retry makes no second alert',
  async (point) => {
    const folder = scratchFolder(clean)
    const arm = join(folder, 'armed')
    const port = await freePort()
    const first = await started(folder, { PORT: port, CRASH_AT: point, ARM_FILE: arm }, crashFile)
    await publish(first.url, english('Before'))
    const before = await Promise.all(Array.from({ length: readers }, () => listenRaw(first.url)))
    // Under load the welcome comes later than the upgrade; without one a reader has no cursor to come back with.
    await Promise.all(before.map((one) => one.frame(({ type }) => type === 'welcome')))
    writeFileSync(arm, '')
    const key = newKey()
    const answer = await publish(first.url, english('The one'), key).catch(() => null)
    await expect.poll(() => first.child.signalCode, { timeout: 10_000 }).toBe('SIGKILL')
    await Promise.all(before.map(({ closed }) => closed))

    const second = await started(folder, { PORT: port })
    const kept = await logOf(second.url)
    const stored = point !== 'before-commit' && point !== 'between-inserts'
    expect(kept.map(({ headline }) => headline)).toEqual(stored ? ['Before', 'The one'] : ['Before'])
    if (answer !== null) expect(stored).toBe(true)

    // Everyone comes back with what they have seen; the editor, who got no answer, sends the same again.
    const after = await Promise.all(before.map((one) => listenRaw(second.url, `?after=${one.cursor()}`)))
    const retried = await publish(second.url, english('The one'), key)
    expect(retried.seq).toBe(2)
    await Promise.all(after.map((one, index) => heardBy(before[index], one)))
    expect((await logOf(second.url)).map(({ seq }) => seq)).toEqual([1, 2])
    const early = before.filter((one) => one.seqs().includes(2)).length
    if (point === 'mid-sweep') expect(early).toBe(3)
    if (!stored) expect(early).toBe(0)
    for (const one of after) await hangUp(one)
  },
)

/** Over both of their connections a reader heard of entry 2 once, and no connection said anything twice. */
async function heardBy(before: RawListener | undefined, after: RawListener): Promise<void> {
  const early = before?.seqs() ?? []
  if (!early.includes(2)) await after.frame(({ seq }) => seq === 2)
  expect([...early, ...after.seqs()]).toEqual([2])
}

test('killed again and again at random while editors post, every acknowledged alert is in the log once and reaches every reader', {
  timeout: 90_000,
}, async () => {
  const folder = scratchFolder(clean)
  const port = await freePort()
  const url = `http://localhost:${port}`
  let running = await started(folder, { PORT: port })
  const beginning = `${await epochOf(url)}.0`
  const acknowledged: string[] = []
  let posting = true
  // Until the last editor has their last answer, readers cannot know that they have heard everything.
  let answering = true
  const editor = async (name: string) => {
    for (let count = 0; posting; count += 1) {
      const headline = `${name} ${count}`
      const key = newKey()
      while (!(await publish(url, english(headline), key).catch(() => null))) await sleep(20)
      acknowledged.push(headline)
    }
  }
  const heard = Array.from({ length: 4 }, () => new Map<number, string>())
  const broken: string[] = []
  const reader = async (mine: Map<number, string>) => {
    let cursor = beginning
    while (answering || mine.size < acknowledged.length) {
      const one = await listenRaw(url, `?after=${cursor}`).catch(() => null)
      if (one === null) {
        await sleep(20)
        continue
      }
      const isDone = () => !answering && mine.size + one.seqs().length >= acknowledged.length
      await Promise.race([
        one.closed,
        expect
          .poll(isDone, { timeout: 60_000 })
          .toBe(true)
          .catch(() => {}),
      ])
      if (one.frames.some(({ type }) => type === 'reset')) broken.push('a reset')
      for (const { type, seq, alert } of one.frames) {
        if (type !== 'alert') continue
        if (mine.has(Number(seq))) broken.push(`${seq} again`)
        mine.set(Number(seq), (alert as { texts: { en: { headline: string } } }).texts.en.headline)
      }
      cursor = one.cursor() ?? cursor
      await hangUp(one)
    }
  }
  const editors = ['A', 'B'].map(editor)
  const listening = heard.map(reader)
  for (let round = 0; round < 6; round += 1) {
    await sleep(150 + Math.random() * 500)
    expect(await running.end('SIGKILL')).toBeNull()
    running = await started(folder, { PORT: port })
  }
  // However slow the machine: enough for the kills to have fallen among.
  await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(20)
  posting = false
  await Promise.all(editors)
  answering = false
  await Promise.all(listening)
  const log = await logOf(url)
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
  expect(log.map(({ headline }) => headline).sort()).toEqual([...acknowledged].sort())
  expect(broken).toEqual([])
  for (const mine of heard) expect([...mine.keys()]).toEqual(log.map(({ seq }) => seq))
})
