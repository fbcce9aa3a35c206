import type { MetricValues } from '../metrics.ts'

type Values = MetricValues[number]
type Value = Values['values'][number] & { readonly metricName?: string }

/**
 * The counters of each process as of its last answer. The total must not fall when a process ends or does not answer:
 * Prometheus would take that for a counter reset and count the rest again.
 */
export class CounterTotals<Process> {
  readonly #last = new Map<Process, MetricValues>()
  #former: MetricValues = []

  heard(process: Process, metrics: MetricValues): void {
    this.#last.set(process, metrics.filter(isCount))
  }

  /** The process has ended. Its counts stay in the total. */
  ended(process: Process): void {
    const last = this.#last.get(process)
    if (last === undefined) return
    this.#last.delete(process)
    this.#former = added(this.#former, last)
  }

  /** The counts of ended processes, and the last ones of those that did not answer this time. */
  besides(heard: ReadonlySet<Process>): readonly MetricValues[] {
    const absent = [...this.#last].filter(([process]) => !heard.has(process)).map(([, last]) => last)
    return [this.#former, ...absent].filter(({ length }) => length > 0)
  }
}

/** The values that are counters: they only grow, and are added up over processes. */
function isCount({ type, aggregator }: Values): boolean {
  // prom-client's types say number; the value is a string.
  const word: unknown = type
  return aggregator === 'sum' && (word === 'counter' || word === 'histogram')
}

function added(one: MetricValues, other: MetricValues): MetricValues {
  const sums = new Map(one.map((metric) => [metric.name, metric]))
  for (const metric of other) {
    const known = sums.get(metric.name)
    sums.set(
      metric.name,
      known === undefined ? metric : { ...metric, values: addedValues(known.values, metric.values) },
    )
  }
  return [...sums.values()]
}

function addedValues(one: readonly Value[], other: readonly Value[]): Value[] {
  const sums = new Map<string, Value>()
  for (const value of [...one, ...other]) {
    const key = JSON.stringify([value.metricName, Object.entries(value.labels).sort()])
    sums.set(key, { ...value, value: (sums.get(key)?.value ?? 0) + value.value })
  }
  return [...sums.values()]
}
