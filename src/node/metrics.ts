import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import { kinds } from '../domain/alert-types.ts'
import type { Hub } from '../hub/hub.ts'
import { resetReasons } from '../log/log.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { type Alarm, alarmKinds } from '../push/outbox/alarms.ts'
import type { OutboxStats } from '../push/outbox/stats.ts'
import type { ProcessStates } from './cluster/process-states.ts'
import type { ServiceExport } from './export/service-export.ts'
import { type InUse, usesOf } from './implementations.ts'
import { type About, counter, counters, gauge, gauges } from './metrics/read-at-scrape.ts'
import type { Connections } from './server/connections.ts'
import { type PeerFaults, peerFaultKinds } from './server/peer-faults.ts'
import type { Admission } from './streams/admission.ts'
import type { WriteBatch } from './streams/io-uring/write-batch.ts'
import type { StreamCounters } from './streams/stream-counters.ts'

/** The metrics of one process, as values that can be added to another's. */
export type MetricValues = readonly MetricObjectWithValues<MetricValue<string>>[]

type Told = (attempts: Readonly<Record<string, number>>, counts: () => Promise<object>) => void
/** What one process counts for /metrics. */
export type Metrics = {
  readonly text: () => Promise<string>
  readonly values: () => Promise<MetricValues>
  readonly countEntry: (kind: string) => void
  /** In the process that sends to webhooks and to subscribers of feeds. */
  readonly countWebhooks: Told
  readonly countWebSub: Told
}

/**
 * Prometheus text of several processes' metrics. Values are added up, unless a metric names another aggregator. Sums are
 * rounded to nine decimals: added up in another order they differ in the last digit, and a counter that falls by so little
 * counts as one that began anew.
 */
export async function joinedText(processes: readonly MetricValues[]): Promise<string> {
  const text = await AggregatorRegistry.aggregate(processes.map((values) => [...values])).metrics()
  return text.replace(/ (\d+\.\d{10,})$/gm, (_, sum) => ` ${Number(Number(sum).toFixed(9))}`)
}

/** Labels that are known in advance. Their series start at 0, so that the first increment is visible as one. */
const known = {
  cuts: closeCodes,
  refusals: ['too-many-at-once', 'no-room', 'too-many-from-here', 'draining', 'cannot-read'],
  resets: resetReasons,
  kinds,
} as const
const zeroes = <Name extends string | number>(names: readonly Name[]) => names.map((name) => [name, 0] as const)

type Counted = {
  /** Why nothing can be stored, or null. */
  readonly storage: { readonly fault: string | null }
  readonly connections: Pick<Connections, 'asksFirst'>
  readonly hub: Hub
  /** How far the log's newest entry is dated ahead of the clock. */
  readonly logAhead: { readonly seconds: number }
  readonly streamCounters: StreamCounters
  /** Which implementation of each part is in use now. */
  readonly inUse: () => InUse
  readonly writeBatch: Pick<WriteBatch, 'usesIoUring'>
  readonly admission: Admission
  readonly faults: PeerFaults
  /** Pushes since the start, by outcome. */
  readonly pushes: Readonly<Record<string, number>>
  /** Statistics of the outbox, in the process that pushes; null elsewhere. */
  readonly outbox: () => OutboxStats | null | Promise<OutboxStats | null>
  /** The alarms of the last day. */
  readonly alarms: () => readonly Pick<Alarm, 'kind'>[]
  /** Prepared push keys that are not used yet. */
  readonly prepared: () => number
  /** Push keys that were used, by when they were computed. */
  readonly keyUses: () => Readonly<Record<string, number>>
  /** The connection that listens for wake-ups from the database; null: this process has none. */
  readonly listener: { readonly isListening: boolean } | null
  /** The export that this process keeps up to date; null: none, or another process does. */
  readonly exporting: Pick<ServiceExport, 'counts' | 'isOk'> | null
  /** All processes, as this one knows them. */
  readonly processStates: () => ProcessStates
}

/** Makes the registry of /metrics. Values that are counted elsewhere are read at each scrape. */
export function createMetrics({
  storage,
  connections,
  hub,
  logAhead,
  listener,
  exporting,
  streamCounters,
  inUse,
  writeBatch,
  admission,
  faults,
  processStates,
  ...push
}: Counted): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  new Gauge({ name: 'tocsin_processes', help: 'Processes that answered', registers }).set(1)
  const up = { name: 'tocsin_process_up', help: 'Whether a process answers, by its place', label: 'place' }
  const upOf = () => processStates().members.map(({ slot, state }) => [slot, state === 'ready' ? 1 : 0] as const)
  gauges(register, { ...up, aggregator: 'min' }, upOf)
  const replaced = { name: 'tocsin_processes_replaced_total', help: 'Processes replaced, by why', label: 'why' }
  counters(register, { ...replaced, aggregator: 'max' }, () => Object.entries(processStates().replaced))
  const storing = { name: 'tocsin_storage_ok', help: 'Whether alerts can be stored', aggregator: 'min' } as const
  gauge(register, storing, () => (storage.fault === null ? 1 : 0))
  const subscribers = { name: 'tocsin_subscribers', help: 'Live readers by state', label: 'state' }
  gauges(register, subscribers, () => Object.entries(hub.states()))
  gauge(register, { name: 'tocsin_desk_connections', help: 'Desk pages that follow what is published' }, () =>
    hub.desks(),
  )
  const heads = { name: 'tocsin_log_head', help: 'The seq of the newest entry that every hub was given' }
  gauge(register, { ...heads, aggregator: 'min' }, () => hub.bounds.head)
  const ahead = { name: 'tocsin_log_ahead_seconds', help: 'How far the newest entry is dated ahead of the clock' }
  gauge(register, { ...ahead, aggregator: 'max' }, () => logAhead.seconds)
  const woken = {
    name: 'tocsin_wake_ups_ok',
    help: 'Whether wake-ups for what other nodes store arrive',
    aggregator: 'min',
  }
  gauge(register, woken as About, () => (listener?.isListening === false ? 0 : 1))
  countExports(register, exporting)
  const lag = { name: 'tocsin_lag_entries', help: 'Entries that the slowest reader is behind the head' }
  gauge(register, { ...lag, aggregator: 'max' }, () => hub.lag)
  const writes = { name: 'tocsin_writes_total', help: 'Frames given to readers, by wire', label: 'wire' }
  counters(register, writes, () => Object.entries(streamCounters.writes))
  const byRing = { name: 'tocsin_io_uring', help: 'Whether readers are written to by io_uring' }
  gauge(register, { ...byRing, aggregator: 'min' }, () => (writeBatch.usesIoUring ? 1 : 0))
  const raw = {
    name: 'tocsin_raw_streams',
    help: 'Whether streams are accepted and event streams written past Node’s HTTP parser and ServerResponse',
  }
  gauge(register, { ...raw, aggregator: 'min' }, () => (connections.asksFirst ? 1 : 0))
  countUses(register, inUse)
  const cuts = { name: 'tocsin_cuts_total', help: 'Connections that we closed, by close code', label: 'code' }
  counters(register, cuts, () => [...zeroes(known.cuts), ...streamCounters.cuts])
  const resets = { name: 'tocsin_resets_total', help: 'Cursors that could not be resumed', label: 'reason' }
  counters(register, resets, () => [...zeroes(known.resets), ...streamCounters.resets])
  const refusals = { name: 'tocsin_refusals_total', help: 'Readers refused, by the problem’s code', label: 'code' }
  counters(register, refusals, () => [...zeroes(known.refusals), ...admission.refusals])
  const peers = { name: 'tocsin_peer_faults_total', help: 'What peers did that was cut or refused', label: 'kind' }
  counters(register, peers, () => [...zeroes(peerFaultKinds), ...faults.counts])
  const deliveries = { name: 'tocsin_deliveries_total', help: 'Entries sent to live readers: one for each reader' }
  counter(register, deliveries, () => streamCounters.deliveries)
  countPushes(register, push)
  register.registerMetric(streamCounters.replayEntries)
  register.registerMetric(streamCounters.fanOutSeconds)
  const help = 'Entries that came from the log, as the process that pushes was given them'
  const entries = new Counter({ name: 'tocsin_entries_total', help, labelNames: ['kind'], registers })
  for (const kind of known.kinds) entries.inc({ kind }, 0)
  return {
    text: () => register.metrics(),
    values: async () => (await register.getMetricsAsJSON()).map(worst),
    countEntry: (kind) => entries.inc({ kind }),
    countWebhooks: (...told) => countTold(register, webhookMetrics, ...told),
    countWebSub: (...told) => countTold(register, websubMetrics, ...told),
  }
}

function countExports(register: Registry, exporting: Counted['exporting']): void {
  const ok = { name: 'tocsin_export_ok', help: 'Whether the folder of EXPORT_DIR could be written', aggregator: 'min' }
  gauge(register, ok as About, () => (exporting?.isOk === false ? 0 : 1))
  const runs = { name: 'tocsin_exports_total', help: 'Exports into EXPORT_DIR, by how they ended', label: 'outcome' }
  counters(register, runs, () => Object.entries(exporting?.counts ?? { done: 0, failed: 0 }))
}

/** Event-loop delays are aggregated as a maximum. An average would hide the one process that is blocked. */
function worst(metric: MetricValues[number]): MetricValues[number] {
  const isDelay = metric.name.startsWith('nodejs_eventloop_lag') && metric.aggregator === 'average'
  return isDelay ? { ...metric, aggregator: 'max' } : metric
}

/** Over several processes this is a number: a part may fall back to its plain implementation in only one of them. */
function countUses(register: Registry, inUse: () => InUse): void {
  new Gauge({
    name: 'tocsin_way_in_use',
    help: 'Processes that use an implementation of a part; the last of each part is the plain one',
    labelNames: ['part', 'way'],
    registers: [register],
    collect() {
      for (const [part, way, uses] of usesOf(inUse())) this.set({ part, way }, uses)
    },
  })
}

function countPushes(register: Registry, { pushes, outbox, alarms, prepared, keyUses }: Pushing): void {
  const pushed = {
    name: 'tocsin_pushes_total',
    help: 'Pushes by how they ended; again: to be retried',
    label: 'outcome',
  }
  counters(register, pushed, () => Object.entries(pushes))
  gauge(
    register,
    { name: 'tocsin_push_waiting', help: 'Pushes that have not ended yet' },
    async () => (await outbox())?.waiting ?? 0,
  )
  gauge(
    register,
    { name: 'tocsin_push_batches', help: 'Batches of pushes that are being sent' },
    async () => (await outbox())?.leased ?? 0,
  )
  const help = 'Seconds from a change to the acceptance of a share of the last day’s pushes'
  gauges(
    register,
    { name: 'tocsin_push_seconds', help, label: 'share', aggregator: 'max' },
    async () => (await outbox())?.seconds ?? [],
  )
  gauge(register, { name: 'tocsin_push_prepared', help: 'Push keys made ahead and not yet used' }, prepared)
  const used = { name: 'tocsin_push_keys_total', help: 'Push keys used, by when they were computed', label: 'when' }
  counters(register, used, () => Object.entries(keyUses()))
  const alarmed = { name: 'tocsin_alarms', help: 'Alarms raised in the last 24 hours, by kind', label: 'kind' }
  gauges(register, alarmed, () => {
    const kinds = alarms().map((alarm) => alarm.kind)
    return alarmKinds.map((kind) => [kind, kinds.filter((it) => it === kind).length])
  })
}

/** What becomes of messages to other programs. `stored`: how many there are, by a label. */
function countTold(
  register: Registry,
  [ended, stored]: readonly [About, About & { readonly label: string }],
  attempts: Readonly<Record<string, number>>,
  counts: () => Promise<object>,
): void {
  counters(register, { ...ended, label: 'outcome' }, () => Object.entries(attempts))
  // Where the database is away, the rest of the metrics is still of use.
  gauges(register, { ...stored, aggregator: 'max' }, async () => Object.entries(await counts().catch(() => ({}))))
}

const webhookMetrics = [
  { name: 'tocsin_webhook_attempts_total', help: 'Attempts to tell a webhook, by how they ended' },
  { name: 'tocsin_webhook_messages', help: 'Messages for webhooks: waiting, or given up (dead)', label: 'state' },
] as const
const websubMetrics = [
  { name: 'tocsin_websub_attempts_total', help: 'Attempts to tell a subscriber of a feed, by how they ended' },
  { name: 'tocsin_websub_stored', help: 'Subscriptions to feeds, and unverified requests', label: 'kind' },
] as const

type Pushing = Pick<Counted, 'pushes' | 'outbox' | 'alarms' | 'prepared' | 'keyUses'>
