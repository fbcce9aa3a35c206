import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listen } from '../../src/client/listen.ts'
import { until } from '../support/push-house.ts'
import { hangUp, listenRaw } from '../support/raw-listener.ts'
import { english, newKey, publish } from '../support/service.ts'
import { type RunningWorker, startWorker } from '../support/worker-process.ts'

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

test('the log object dies between commit and bell: its alarm rings, and everyone hears, once', async () => {
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

test('a hub dies at a bell: its readers come back with their cursors and miss nothing', async () => {
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

test('a hub that sleeps keeps its sockets, answers pings with the head, and wakes for the bell', async () => {
  const reader = await listenRaw(edge.url, '?languages=en')
  await reader.frame(({ type }) => type === 'welcome')
  const one = await publish(edge.url, english('Awake'))
  await reader.frame(({ seq }) => seq === one.seq)
  const made = count('HUB made with')
  const asleep = () => count('HUB made with') > made
  for (let tries = 0; tries < 20 && !asleep(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    reader.socket.send('ping')
  }
  const pings = reader.frames.filter(({ type }) => type === 'head')
  expect(pings.map(({ cursor }) => cursor)).toEqual(pings.map(() => one.cursor))
  const two = await publish(edge.url, english('Asleep'))
  await reader.frame(({ seq }) => seq === two.seq)
  expect(asleep(), 'the hub was dropped from memory meanwhile').toBe(true)
  reader.socket.send(JSON.stringify({ type: 'interest', languages: ['fa'] }))
  await reader.frame(({ type }) => type === 'interest')
  await publish(edge.url, english('Not for them'))
  expect(reader.seqs()).toEqual([one.seq, two.seq])
  await hangUp(reader)
})
