import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listen } from '../../../src/client/listen.ts'
import { english, newKey, publish } from '../../support/processes/service.ts'
import { type RunningWorker, startWorker } from '../../support/processes/worker-process.ts'
import { until } from '../../support/push/push-deps.ts'
import { hangUp, listenRaw } from '../../support/streams/raw-listener.ts'

const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
let edge: RunningWorker

beforeAll(async () => {
  edge = await startWorker({ folder, main: 'tests/edge/faults-main.ts' })
})
afterAll(async () => {
  await edge.end()
  rmSync(folder, { recursive: true, force: true })
})

const count = (line: string) => edge.said().split(line).length - 1
const order = (fault: string) => fetch(new URL(`/fault/${fault}`, edge.url), { method: 'POST' })

/** Publishes as an editor's page does: the same key again until there is an answer. */
async function publishStubbornly(headline: string) {
  const key = newKey()
  for (;;) {
    try {
      return await publish(edge.url, english(headline), key)
    } catch {
      // The object died with the answer.
    }
  }
}

test('the log object dies between commit and wake-up: its alarm wakes the followers, and everyone receives the alert once', async () => {
  const reader = await listenRaw(edge.url)
  await reader.frame(({ type }) => type === 'welcome')
  await order('log-dies')
  const { seq } = await publishStubbornly('The log dies')
  await reader.frame((it) => it.seq === seq)
  expect(count('FAULT the log object dies')).toBe(1)
  const after = await publish(edge.url, english('And lives'))
  await reader.frame((it) => it.seq === after.seq)
  expect(reader.seqs()).toEqual([seq, after.seq])
  await hangUp(reader)
})

test('a hub dies at a wake-up: its readers reconnect with their cursors and miss nothing', async () => {
  const seen: number[] = []
  let state = ''
  const listening = listen({
    url: edge.url,
    languages: ['en'],
    onEntry: ({ seq }) => void seen.push(seq),
    onState: (now) => {
      state = now
    },
  })
  await until(() => state === 'live')
  const first = await publish(edge.url, english('Before'))
  await until(() => seen.includes(first.seq))
  await order('hub-dies')
  const second = await publish(edge.url, english('At the death'))
  const third = await publish(edge.url, english('After'))
  await until(() => seen.includes(third.seq))
  expect(count('FAULT the hub dies')).toBe(1)
  expect(seen).toEqual([first.seq, second.seq, third.seq])
  listening.close()
})

const objects = ['log', 'relay', 'hub', 'shard'] as const

test('no alarm throws while nobody can be reached, more often in a row than the platform would try, and everything is delivered after', async () => {
  const reader = await listenRaw(edge.url)
  await reader.frame(({ type }) => type === 'welcome')
  const first = await publish(edge.url, english('Before the trouble'))
  await reader.frame(({ seq }) => seq === first.seq)
  const answer = await fetch(new URL('/alarms/8', edge.url), { method: 'POST' })
  const said = (await answer.json()) as Record<(typeof objects)[number], string[]>
  for (const name of objects) expect([name, said[name].filter((word) => word.startsWith('threw'))]).toEqual([name, []])
  // Of those who have something to come back to, each alarm sets the next.
  for (const name of ['relay', 'hub'] as const)
    expect([name, new Set(said[name])]).toEqual([name, new Set(['set again'])])
  const after = await publish(edge.url, english('After the trouble'))
  await reader.frame(({ seq }) => seq === after.seq)
  expect(reader.seqs()).toEqual([first.seq, after.seq])
  await hangUp(reader)
})

/** Longer than the platform leaves an idle object in memory. */
const sleepMs = 11_000
const triesMax = 3

test('a hibernating hub keeps its sockets, answers pings and closes, and wakes with the interests of before', async () => {
  const join = async (query: string) => {
    const reader = await listenRaw(edge.url, query)
    await reader.frame(({ type }) => type === 'welcome')
    return reader
  }
  const [stays, changes, leaves, pings] = [
    await join('?languages=en'),
    await join('?languages=en'),
    await join('?languages=en'),
    await join('?languages=en'),
  ]
  const all = [stays, changes, leaves, pings]
  const one = await publish(edge.url, english('Awake'))
  for (const reader of all) await reader.frame(({ seq }) => seq === one.seq)
  changes.socket.send(JSON.stringify({ type: 'interest', languages: ['fa'] }))
  await changes.frame(({ type }) => type === 'interest')

  // A machine that is busy elsewhere may let it go on a little: then once more.
  const made = count('HUB made with')
  const asleep = () => count('HUB made with') > made
  const leaver = async () => {
    leaves.socket.close(3001, 'enough')
    return leaves.closed
  }
  let closed: number | null = null
  for (let tries = 0; tries < triesMax && !asleep(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, sleepMs / 2))
    pings.socket.send('ping')
    await new Promise((resolve) => setTimeout(resolve, sleepMs / 2 + 3_000 * tries))
    if (tries === 0) closed = await leaver()
  }
  expect(closed, 'a close is answered by a hub that slept').toBe(3001)
  const persian = await publish(edge.url, { texts: { fa: { headline: 'خبر' } } })
  const two = await publish(edge.url, english('Asleep'))
  await stays.frame(({ seq }) => seq === two.seq)
  await changes.frame(({ seq }) => seq === persian.seq)
  expect(asleep(), 'the hub was dropped from memory meanwhile').toBe(true)
  const heads = pings.frames.filter(({ type }) => type === 'head').map(({ cursor }) => cursor)
  expect(heads.length).toBeGreaterThan(0)
  expect(heads).toEqual(heads.map(() => one.cursor))
  changes.socket.send(JSON.stringify({ type: 'interest', languages: ['ru'] }))
  await changes.frame((it) => it.type === 'interest' && JSON.stringify(it).includes('ru'))
  await publish(edge.url, english('Not for them'))
  expect([stays.seqs().slice(0, 2), changes.seqs()]).toEqual([
    [one.seq, two.seq],
    [one.seq, persian.seq],
  ])
  for (const reader of all) await hangUp(reader)
})
