import { expect, test } from 'vitest'
import { type FastHandler, fastSubscribe } from '../../../../src/node/server/subscribe/fast-subscribe.ts'
import { fastSubscribeFault, openFastSubscribe } from '../../../../src/node/server/subscribe/fast-subscribe-check.ts'
import { SubscribeLimits } from '../../../../src/push/subscriptions/subscribe-limits.ts'
import { newsroom } from '../../../support/samples.ts'

const kept: unknown[] = []
const deps = {
  ...{ newsroom, now: Date.now, publicUrl: 'https://alerts.example', report: () => {} },
  editors: { holder: async () => null },
  subscriptions: {} as never,
  subscribing: new SubscribeLimits({
    subscribe: async (asked) => {
      kept.push(asked)
      return { id: 'i', token: 't', made: true }
    },
    perMinute: 0,
    now: Date.now,
  }),
  addressOf: () => '',
  sendTest: async () => 'sent' as const,
}

test('the fast handler answers the check as the route does, with PUBLIC_URL and without, and nothing is kept', async () => {
  for (const publicUrl of ['https://alerts.example', 'http://alerts.example', null])
    expect(await fastSubscribeFault({ ...deps, publicUrl })).toBeNull()
  const told: string[] = []
  expect(
    await openFastSubscribe(
      deps,
      () => '',
      (line) => void told.push(line),
    ),
  ).not.toBeNull()
  expect(told).toEqual([])
  expect(kept).toEqual([])
})

/** The real handler, with something wrong in what it writes. */
const changed =
  (change: (outgoing: Parameters<FastHandler>[1]) => void): typeof fastSubscribe =>
  async (given) => {
    const handler = await fastSubscribe(given)
    return (incoming, outgoing) => {
      change(outgoing)
      return handler(incoming, outgoing)
    }
  }

test.each<[string, typeof fastSubscribe]>([
  ['does not take a usual request', async () => () => null],
  [
    'answers with another head',
    changed((outgoing) => {
      const { writeHead } = outgoing
      outgoing.writeHead = ((status: number, fields: object) =>
        writeHead(status, { ...fields, 'x-more': '1' })) as typeof writeHead
    }),
  ],
  [
    'answers with another body',
    changed((outgoing) => {
      const { end } = outgoing
      outgoing.end = ((text: string) => end(`${text} `)) as typeof end
    }),
  ],
  [
    'fails (broken)',
    changed(() => {
      throw new Error('broken')
    }),
  ],
])('a handler that %s is not used, and the operator is told so', async (fault, make) => {
  const told: string[] = []
  expect(
    await openFastSubscribe(
      deps,
      () => '',
      (line) => void told.push(line),
      make,
    ),
  ).toBeNull()
  expect(told).toEqual([expect.stringContaining(fault)])
})
