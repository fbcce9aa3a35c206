import { Counter, Gauge, type Registry } from 'prom-client'

// Metrics whose values are counted elsewhere, and read at each scrape.

/** What a metric is. */
export type About = {
  readonly name: string
  readonly help: string
  /** How the values of several processes are aggregated; the sum when absent. */
  readonly aggregator?: 'min' | 'max'
}

/** A gauge whose value is read at each scrape. */
export function gauge(register: Registry, about: About, value: () => number | Promise<number>): void {
  new Gauge({
    ...about,
    registers: [register],
    async collect() {
      this.set(await value())
    },
  })
}

/** The same with one label. */
export function gauges(
  register: Registry,
  { label, ...about }: About & Labelled,
  values: () => Values | Promise<Values>,
): void {
  new Gauge({
    ...about,
    labelNames: [label],
    registers: [register],
    async collect() {
      const now = await values()
      this.reset()
      for (const [name, value] of now) this.set({ [label]: name }, value)
    },
  })
}

/** A counter whose value is read at each scrape. */
export function counter(register: Registry, about: About, value: () => number): void {
  new Counter({
    ...about,
    registers: [register],
    collect() {
      this.reset()
      this.inc(value())
    },
  })
}

/** The same with one label. */
export function counters(register: Registry, { label, ...about }: About & Labelled, values: () => Values): void {
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
