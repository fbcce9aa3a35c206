import type { Visit } from '../visit.ts'

/** One contender's medians. */
export type Summary = {
  readonly name: string
  readonly cpuMicroseconds: number
  readonly lastMs: number
  readonly firstLastMs: number
  readonly firstCpuMicroseconds: number
  readonly idleRssKib: number
  readonly connectCpuMicroseconds: number
}

export function summaryOf(name: string, visits: readonly Visit[]): Summary {
  const warm = visits.flatMap((visit) => visit.warm)
  return {
    name,
    cpuMicroseconds: median(warm.map((round) => round.cpuMicroseconds)),
    lastMs: median(warm.map((round) => round.lastMs)),
    firstLastMs: median(visits.map(({ first }) => first.lastMs)),
    firstCpuMicroseconds: median(visits.map(({ first }) => first.cpuMicroseconds)),
    idleRssKib: median(visits.map((visit) => visit.idleRssKib)),
    connectCpuMicroseconds: median(visits.map((visit) => visit.connectCpuMicroseconds)),
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** The figures as a table for people: ratios beside the times, because times belong to one machine on one day. */
export function tableOf(summaries: readonly Summary[], sockets: number): string {
  const of = (name: string) => summaries.find((summary) => summary.name === name)
  const plain = of('ws-send')
  const floor = of('floor')
  const ratio = (value: number, other: number | undefined) =>
    other === undefined ? '–' : `× ${(value / other).toFixed(2)}`
  const head = [
    'server',
    'CPU/message',
    '÷ ws-send',
    '÷ floor',
    '÷ floor-c',
    `last of ${sockets}`,
    '÷ ws-send',
    'first, cold',
    '÷ warm',
    'CPU, cold ÷ warm',
    'RSS/idle',
    'CPU/connect',
  ]
  const rows = summaries.map((it) => [
    it.name,
    `${it.cpuMicroseconds.toFixed(2)} µs`,
    ratio(it.cpuMicroseconds, plain?.cpuMicroseconds),
    ratio(it.cpuMicroseconds, floor?.cpuMicroseconds),
    ratio(it.cpuMicroseconds, of('floor-c')?.cpuMicroseconds),
    `${it.lastMs.toFixed(1)} ms`,
    ratio(it.lastMs, plain?.lastMs),
    `${it.firstLastMs.toFixed(1)} ms`,
    ratio(it.firstLastMs, it.lastMs),
    ratio(it.firstCpuMicroseconds, it.cpuMicroseconds),
    `${it.idleRssKib.toFixed(1)} KiB`,
    `${it.connectCpuMicroseconds.toFixed(0)} µs`,
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  return [head, widths.map((width) => '─'.repeat(width)), ...rows]
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n')
}
