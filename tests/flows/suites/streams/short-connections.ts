import { expect, test, vi } from 'vitest'
import { publish } from '../../../support/processes/service.ts'
import { CountingReader } from '../../../support/streams/counting-reader.ts'

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 20 })
const long = (headline: string) => ({ texts: { en: { headline, summary: 'x'.repeat(400) } } })
const isIncreasing = (seqs: readonly number[]) =>
  seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0))

/** Streams with `budget`, `limit` and `heartbeat`, whatever runs the service; bytes are counted at the other end of TCP. */
export function shortConnectionTests(urlOf: () => string): void {
  const ways = ['socket', 'events'] as const

  test.each(ways)(
    '%s: over connections of 6,000 bytes each, what is replayed and what is live comes once',
    async (way) => {
      const budget = 6_000
      const { cursor: after } = await publish(urlOf(), long('Before'))
      const published: number[] = []
      for (let count = 0; count < 8; count += 1) published.push((await publish(urlOf(), long(`Earlier ${count}`))).seq)
      const reader = new CountingReader(urlOf(), { way, query: `languages=en&budget=${budget}`, after })
      for (let count = 0; count < 8; count += 1) published.push((await publish(urlOf(), long(`Later ${count}`))).seq)
      await until(() => expect(reader.seqs).toEqual(expect.arrayContaining(published)))
      reader.end()
      expect(isIncreasing(reader.seqs)).toBe(true)
      expect(reader.connections.length).toBeGreaterThan(3)
      const counted = reader.connections.map(({ bytes }) => bytes)
      expect(Math.max(...counted)).toBeLessThanOrEqual(budget)
      for (const { messages, closeCode } of reader.connections.slice(0, -1)) {
        expect(messages.at(-1)).toEqual({ type: 'goodbye', reconnectAfterMs: 0 })
        if (way === 'socket') expect(closeCode).toBe(4201)
      }
    },
  )

  test.each(ways)('%s: a replay in pages of three entries', async (way) => {
    const { cursor: after } = await publish(urlOf(), long('Before pages'))
    const published: number[] = []
    for (let count = 0; count < 7; count += 1) published.push((await publish(urlOf(), long(`Page ${count}`))).seq)
    const reader = new CountingReader(urlOf(), { way, query: 'languages=en&limit=3', after })
    await until(() => expect(reader.seqs).toEqual(expect.arrayContaining(published)))
    reader.end()
    expect(isIncreasing(reader.seqs)).toBe(true)
    expect(reader.connections.map(({ seqs }) => seqs.length).slice(0, 2)).toEqual([3, 3])
  })

  test.each(ways)('%s: a heartbeat of two seconds comes again and again', async (way) => {
    const reader = new CountingReader(urlOf(), { way, query: 'languages=en&budget=9000&heartbeat=2' })
    const heads = () => reader.connections[0]?.messages.filter(({ type }) => type === 'head') ?? []
    await until(() => expect(heads().length).toBeGreaterThan(way === 'socket' ? 1 : 2))
    reader.end()
    if (way !== 'socket') return
    const welcome = { heartbeatSeconds: 2, limits: { budgetBytes: 9_000 } }
    expect(reader.connections[0]?.messages[0]).toMatchObject(welcome)
  })

  test.each(ways)('%s: terms out of their range are refused with what they may be', async (way) => {
    for (const [query, code] of [
      ['budget=100', 'budget-out-of-range'],
      ['limit=0', 'limit-out-of-range'],
      ['heartbeat=1', 'heartbeat-out-of-range'],
      ['budgets=12000', 'unknown-parameter'],
    ]) {
      const answer = await fetch(new URL(`/v1/${way}?${query}`, urlOf()))
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, code])
    }
  })
}
