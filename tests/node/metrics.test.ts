import { expect, test } from 'vitest'
import { Hub } from '../../src/hub/hub.ts'
import type { Connection } from '../../src/hub/subscriber.ts'
import type { ProcessStates } from '../../src/node/cluster/process-states.ts'
import type { InUse } from '../../src/node/implementations.ts'
import { createMetrics, joinedText, type MetricValues } from '../../src/node/metrics.ts'
import { PeerFaults } from '../../src/node/server/peer-faults.ts'
import { Admission } from '../../src/node/streams/admission.ts'
import { StreamCounters } from '../../src/node/streams/stream-counters.ts'
import { entryOf, everything, newsroom } from '../support/samples.ts'

const processStates: ProcessStates = {
  members: [
    { slot: 1, pid: 10, state: 'ready' },
    { slot: 2, pid: 11, state: 'silent' },
  ],
  replaced: { ended: 2, hung: 1 },
}

const plain: InUse = {
  'push-sender': 'web-push',
  'socket-writer': 'ws',
  'stream-writer': 'node',
  'subscribe-route': 'hono',
}

/** One process: a hub at a head, and what is counted of it. */
function processAt(head: number, inUse: InUse = plain, listener: { isListening: boolean } | null = null) {
  const streamCounters = new StreamCounters()
  const later: (() => void)[] = []
  const hub = new Hub({
    bounds: { epoch: 'e', floor: 1, head },
    log: { after: async () => [] },
    newsroom,
    now: () => 0,
    soon: (act) => void later.push(act),
    report: () => {},
    swept: () => streamCounters.swept((alert) => hub.countByLanguage(alert)),
  })
  const admission = new Admission({ connectionsMax: 0, perAddressMax: 0, perSecondMax: 1 }, () => 0)
  const outbox = () => ({ open: 1, waiting: head, leased: 1, seconds: [[0.5, head]] as const })
  const counts = {
    pushes: { accepted: head, gone: 0 },
    prepared: () => head,
    keyUses: () => ({ prepared: head, computed: 1 }),
  }
  const push = { storage: { fault: null }, ...counts, outbox, alarms: () => [], processStates: () => processStates }
  const metrics = createMetrics({
    hub,
    connections: { asksFirst: true },
    logAhead: { seconds: head * 100 },
    streamCounters,
    writeBatch: { usesIoUring: false },
    inUse: () => inUse,
    admission,
    faults: new PeerFaults(),
    listener,
    exporting: null,
    ...push,
  })
  const runLater = () => {
    for (let act = later.shift(); act !== undefined; act = later.shift()) act()
  }
  return { streamCounters, hub, admission, metrics, runLater }
}

const connection: Connection = {
  wire: { name: 'test', frame: () => new Uint8Array() },
  write: () => true,
  close() {},
  beat() {},
}

const text = { headline: 'News', summary: '' }

const lineOf = (text: string, name: string) => text.split('\n').find((line) => line.startsWith(`${name} `))

test('the metrics of several processes are added up, or the lowest or highest of them', async () => {
  const [one, other] = [processAt(7), processAt(5)]
  one.hub.join(connection, everything)
  other.hub.join(connection, everything)
  other.hub.join(connection, everything, { epoch: 'e', seq: 2 })
  one.metrics.countEntry('alert')
  other.metrics.countEntry('alert')
  one.streamCounters.cut(4101)
  other.streamCounters.cut(4101)
  other.streamCounters.writes.socket += 2
  expect(() => other.admission.enter('')).toThrow()
  const text = await joinedText(await Promise.all([other.metrics.values(), one.metrics.values()]))
  for (const line of [
    'tocsin_processes 2',
    'tocsin_subscribers{state="live"} 2',
    'tocsin_subscribers{state="behind"} 1',
    'tocsin_log_head 5',
    'tocsin_lag_entries 3',
    'tocsin_entries_total{kind="alert"} 2',
    'tocsin_cuts_total{code="4101"} 2',
    'tocsin_writes_total{wire="socket"} 2',
    'tocsin_refusals_total{code="no-room"} 1',
    'tocsin_pushes_total{outcome="accepted"} 12',
    'tocsin_push_waiting 12',
    'tocsin_push_batches 2',
    'tocsin_push_seconds{share="0.5"} 7',
    'tocsin_push_prepared 12',
    'tocsin_push_keys_total{when="prepared"} 12',
    'tocsin_push_keys_total{when="computed"} 2',
    'tocsin_process_up{place="1"} 1',
    'tocsin_process_up{place="2"} 0',
    'tocsin_processes_replaced_total{why="hung"} 1',
    'tocsin_processes_replaced_total{why="ended"} 2',
  ])
    expect(text.split('\n')).toContain(line)
})

test('a sum of fractions is the same in whichever order the processes are added up', async () => {
  const seconds = (value: number): MetricValues =>
    JSON.parse(
      JSON.stringify([
        { name: 'seconds_total', help: '-', type: 'counter', aggregator: 'sum', values: [{ value, labels: {} }] },
      ]),
    )
  const shown = async (...values: number[]) => lineOf(await joinedText(values.map(seconds)), 'seconds_total')
  expect(0.1 + 0.2 + 0.3).not.toBe(0.3 + 0.2 + 0.1)
  expect([await shown(0.1, 0.2, 0.3), await shown(0.3, 0.2, 0.1)]).toEqual(Array(2).fill('seconds_total 0.6'))
})

test('of several processes one that is not woken by other nodes shows', async () => {
  const shown = async (...listeners: readonly ({ isListening: boolean } | null)[]) => {
    const values = await Promise.all(listeners.map((it) => processAt(1, plain, it).metrics.values()))
    return lineOf(await joinedText(values), 'tocsin_wake_ups_ok')
  }
  expect(await shown(null, null)).toMatch(/ 1$/)
  expect(await shown(null, { isListening: true })).toMatch(/ 1$/)
  expect(await shown({ isListening: false }, null)).toMatch(/ 0$/)
})

test('a single process reports its own values, and a scrape does not increase them', async () => {
  const { metrics, streamCounters } = processAt(1)
  streamCounters.cut(4200)
  for (let round = 0; round < 2; round += 1)
    expect(lineOf(await metrics.text(), 'tocsin_cuts_total{code="4200"}')).toMatch(/ 1$/)
})

test('a fan-out is measured once for each round, from the first entry until everyone was met', async () => {
  const { hub, streamCounters, metrics, runLater } = processAt(0)
  hub.join(connection, everything)
  for (const seq of [1, 2]) {
    streamCounters.delivered(hub, entryOf(seq).alert)
    hub.deliver(entryOf(seq))
  }
  const rounds = async () => lineOf(await metrics.text(), 'tocsin_fan_out_seconds_count')
  expect(await rounds()).toMatch(/ 0$/)
  runLater()
  expect(await rounds()).toMatch(/ 1$/)
})

test('an entry that nobody was there for does not make the next fan-out last since then', async () => {
  const { hub, streamCounters, metrics, runLater } = processAt(0)
  streamCounters.delivered(hub, entryOf(1).alert)
  hub.deliver(entryOf(1))
  runLater()
  await new Promise((resolve) => setTimeout(resolve, 300))
  hub.join(connection, everything)
  streamCounters.delivered(hub, entryOf(2).alert)
  hub.deliver(entryOf(2))
  runLater()
  expect(await metrics.text()).toMatch(/tocsin_fan_out_seconds_bucket\{le="0.25"\} 1\n/)
})

test('a delivery is counted for each reader whom an entry is for', async () => {
  const { hub, streamCounters, metrics, runLater } = processAt(0)
  for (const languages of [['en'], ['en', 'fa'], ['fa']]) hub.join(connection, { ...everything, languages })
  for (const texts of [{ en: text }, { en: text, fa: text }]) {
    const entry = entryOf(hub.bounds.head + 1, { texts })
    streamCounters.delivered(hub, entry.alert)
    hub.deliver(entry)
    runLater()
  }
  expect(lineOf(await metrics.text(), 'tocsin_deliveries_total')).toMatch(/ 5$/)
})

test('of several event loops the longest delay is reported, not the average', async () => {
  const [one, other] = [processAt(1), processAt(1)]
  const delayed = (await other.metrics.values()).map((metric) =>
    metric.name === 'nodejs_eventloop_lag_p99_seconds' ? { ...metric, values: [{ value: 9, labels: {} }] } : metric,
  )
  const text = await joinedText([await one.metrics.values(), delayed])
  expect(lineOf(text, 'nodejs_eventloop_lag_p99_seconds')).toMatch(/ 9$/)
})

test('what can be cut, refused or reset is there as 0 from the beginning, so that the first one is an increase', async () => {
  const text = await processAt(1).metrics.text()
  for (const line of [
    'tocsin_cuts_total{code="4101"} 0',
    'tocsin_refusals_total{code="no-room"} 0',
    'tocsin_refusals_total{code="too-many-from-here"} 0',
    'tocsin_resets_total{reason="log-changed"} 0',
    'tocsin_entries_total{kind="retraction"} 0',
  ])
    expect(text.split('\n')).toContain(line)
})

test('returning readers are counted by how far back they come, or why they cannot be resumed', async () => {
  const { hub, streamCounters, metrics } = processAt(50)
  for (const after of [
    undefined,
    'now',
    { epoch: 'e', seq: 20 },
    { epoch: 'e', seq: 51 },
    { epoch: 'f', seq: 1 },
  ] as const)
    streamCounters.countResume(hub, after)
  const text = await metrics.text()
  expect(text).toContain('tocsin_replay_entries_bucket{le="10"} 0\ntocsin_replay_entries_bucket{le="100"} 1')
  expect(text).toContain('tocsin_resets_total{reason="cursor-ahead"} 1')
  expect(text).toContain('tocsin_resets_total{reason="log-changed"} 1')
})

test('each implementation of each part is reported with the number of processes that use it', async () => {
  const fast: InUse = {
    'push-sender': 'own',
    'socket-writer': 'io_uring',
    'stream-writer': 'raw',
    'subscribe-route': 'fast',
  }
  const processes = [processAt(1, fast), processAt(1, { ...fast, 'push-sender': null, 'socket-writer': 'raw' })]
  const text = await joinedText(await Promise.all(processes.map(({ metrics }) => metrics.values())))
  for (const line of [
    'tocsin_way_in_use{part="push-sender",way="own"} 1',
    'tocsin_way_in_use{part="push-sender",way="web-push"} 0',
    'tocsin_way_in_use{part="socket-writer",way="io_uring"} 1',
    'tocsin_way_in_use{part="socket-writer",way="raw"} 1',
    'tocsin_way_in_use{part="socket-writer",way="ws"} 0',
    'tocsin_way_in_use{part="stream-writer",way="raw"} 2',
    'tocsin_way_in_use{part="stream-writer",way="node"} 0',
    'tocsin_way_in_use{part="subscribe-route",way="fast"} 2',
    'tocsin_way_in_use{part="subscribe-route",way="hono"} 0',
  ])
    expect(text.split('\n')).toContain(line)
})
