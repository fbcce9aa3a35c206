import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { Hub } from '../hub.ts'
import { type Alarm, alarmKinds } from '../push/alarms.ts'
import type { Admission } from './admission.ts'
import type { Family } from './family.ts'
import type { Tally } from './tally.ts'
import type { Together } from './together.ts'

/** The metrics of one process, as values that can be added to another's. */
export type MetricValues = readonly MetricObjectWithValues<MetricValue<string>>[]

/** What one process counts for /metrics. */
export type Metrics = {
  readonly text: () => Promise<string>
  readonly values: () => Promise<MetricValues>
  readonly countEntry: (kind: string) => void
}

/** Prometheus text for all processes: this one's metrics with those of the others, added up unless a metric says else. */
export async function metricsText(own: Metrics, others: readonly MetricValues[]): Promise<string> {
  if (others.length === 0) return own.text()
  return AggregatorRegistry.aggregate([await own.values(), ...others].map((values) => [...values])).metrics()
}

type Counted = {
  readonly hub: Hub
  readonly tally: Tally
  readonly together: Pick<Together, 'byRing'>
  readonly admission: Admission
  /** How pushes ended since the start. */
  readonly pushes: Readonly<Record<string, number>>
  /** Those of the last day. */
  readonly alarms: () => readonly Alarm[]
  /** Keys made ahead and not yet used. */
  readonly prepared: () => number
  /** All processes, as this one knows them. */
  readonly family: () => Family
}

/** The registry of /metrics. What is counted elsewhere is looked up when somebody asks. */
export function createMetrics({ hub, tally, together, admission, pushes, alarms, prepared, family }: Counted): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  new Gauge({ name: 'tocsin_processes', help: 'Processes that answered', registers }).set(1)
  const up = { name: 'tocsin_process_up', help: 'Whether a process answers, by its place', label: 'place' }
  const upOf = () => family().members.map(({ place, state }) => [place, state === 'ready' ? 1 : 0] as const)
  gauges(register, { ...up, aggregator: 'min' }, upOf)
  const replaced = { name: 'tocsin_processes_replaced_total', help: 'Processes replaced, by why', label: 'why' }
  counters(register, { ...replaced, aggregator: 'max' }, () => Object.entries(family().replaced))
  const subscribers = { name: 'tocsin_subscribers', help: 'Live readers by state', label: 'state' }
  gauges(register, subscribers, () => Object.entries(hub.states()))
  const heads = { name: 'tocsin_log_head', help: 'The seq of the newest entry that every hub was given' }
  gauge(register, { ...heads, aggregator: 'min' }, () => hub.bounds.head)
  const lag = { name: 'tocsin_lag_entries', help: 'Entries that the slowest reader is behind the head' }
  gauge(register, { ...lag, aggregator: 'max' }, () => hub.lag)
  const writes = { name: 'tocsin_writes_total', help: 'Frames given to readers, by wire', label: 'wire' }
  counters(register, writes, () => Object.entries(tally.writes))
  const byRing = { name: 'tocsin_io_uring', help: 'Whether readers are written to by io_uring' }
  gauge(register, { ...byRing, aggregator: 'min' }, () => (together.byRing ? 1 : 0))
  const cuts = { name: 'tocsin_cuts_total', help: 'Connections that we closed, by close code', label: 'code' }
  counters(register, cuts, () => tally.cuts)
  const resets = { name: 'tocsin_resets_total', help: 'Cursors that could not be resumed', label: 'reason' }
  counters(register, resets, () => tally.resets)
  const refusals = { name: 'tocsin_refusals_total', help: 'Readers for whom there was no room', label: 'code' }
  counters(register, refusals, () => admission.refusals)
  const pushed = { name: 'tocsin_pushes', help: 'Pushes since the start, by how they ended', label: 'outcome' }
  gauges(register, pushed, () => Object.entries(pushes))
  gauge(register, { name: 'tocsin_push_prepared', help: 'Push keys made ahead and not yet used' }, prepared)
  const alarmed = { name: 'tocsin_alarms', help: 'Alarms raised in the last 24 hours, by kind', label: 'kind' }
  gauges(register, alarmed, () => {
    const kinds = alarms().map((alarm) => alarm.kind)
    return alarmKinds.map((kind) => [kind, kinds.filter((it) => it === kind).length])
  })
  register.registerMetric(tally.replayEntries)
  register.registerMetric(tally.fanOutSeconds)
  const help = 'Entries delivered to the hubs'
  const entries = new Counter({ name: 'tocsin_entries_total', help, labelNames: ['kind'], registers })
  return {
    text: () => register.metrics(),
    values: () => register.getMetricsAsJSON(),
    countEntry: (kind) => entries.inc({ kind }),
  }
}

type About = {
  readonly name: string
  readonly help: string
  /** How the values of several processes become one; the sum when absent. */
  readonly aggregator?: 'min' | 'max'
}

/** A value that is looked up when somebody asks. */
function gauge(register: Registry, about: About, value: () => number): void {
  new Gauge({
    ...about,
    registers: [register],
    collect() {
      this.set(value())
    },
  })
}

/** The same with one label. */
function gauges(register: Registry, { label, ...about }: About & Labelled, values: () => Values): void {
  new Gauge({
    ...about,
    labelNames: [label],
    registers: [register],
    collect() {
      for (const [name, value] of values()) this.set({ [label]: name }, value)
    },
  })
}

/** Numbers that only grow, and are looked up when somebody asks. */
function counters(register: Registry, { label, ...about }: About & Labelled, values: () => Values): void {
  new Counter({
    ...about,
    labelNames: [label],
    registers: [register],
    collect() {
      this.reset()
      for (const [name, value] of values()) this.inc({ [label]: name }, value)
    },
  })
}

type Labelled = { readonly label: string }
type Values = Iterable<readonly [string | number, number]>
