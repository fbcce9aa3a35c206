import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { CounterTotals } from '../../../src/node/cluster/counter-totals.ts'
import { joinedText } from '../../../src/node/metrics.ts'

/** What one process has counted. */
function counted(cuts: number, seconds: number) {
  const registers = [new Registry()]
  new Counter({ name: 'cuts', help: 'x', labelNames: ['code'], registers }).inc({ code: 4101 }, cuts)
  new Gauge({ name: 'readers', help: 'x', registers }).set(5)
  new Histogram({ name: 'seconds', help: 'x', buckets: [1, 2], registers }).observe(seconds)
  return registers[0]?.getMetricsAsJSON() ?? Promise.reject(new Error('no registry'))
}

const linesOf = async (values: Parameters<typeof joinedText>[0]) =>
  (await joinedText(values)).split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('the counts of a process that ended are kept, however many end, and its gauges are not', async () => {
  const counterTotals = new CounterTotals<string>()
  for (const name of ['one', 'other', 'third']) {
    counterTotals.heard(name, await counted(2, 0.5))
    counterTotals.heard(name, await counted(3, 1.5))
    counterTotals.ended(name)
  }
  const now = await counted(1, 0.5)
  counterTotals.heard('now', now)
  expect(await linesOf([now, ...counterTotals.besides(new Set(['now']))])).toEqual([
    'cuts{code="4101"} 10',
    'readers 5',
    'seconds_bucket{le="1"} 1',
    'seconds_bucket{le="2"} 4',
    'seconds_bucket{le="+Inf"} 4',
    'seconds_sum 5',
    'seconds_count 4',
  ])
})

test('a process that does not answer stands with what it said before; one that never did, with nothing', async () => {
  const counterTotals = new CounterTotals<string>()
  counterTotals.heard('silent', await counted(7, 0.5))
  counterTotals.ended('unheard')
  expect(await linesOf(counterTotals.besides(new Set(['asker'])))).toContain('cuts{code="4101"} 7')
  expect(counterTotals.besides(new Set(['asker', 'silent']))).toEqual([])
})
