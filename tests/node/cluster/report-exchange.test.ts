import { expect, test } from 'vitest'
import type { ProcessReport } from '../../../src/node/cluster/process-reports.ts'
import { exchangeReports } from '../../../src/node/cluster/report-exchange.ts'
import { Alarms } from '../../../src/push/outbox/alarms.ts'
import { newsroom } from '../../support/samples.ts'

/** One process that is told of others, and what it raises and logs. */
function exchange(others: (own: ProcessReport) => readonly ProcessReport[]) {
  const logged: string[] = []
  const alarms = new Alarms(Date.now)
  let own: ProcessReport | null = null
  const reports = {
    report: async (report: ProcessReport) => {
      own = report
    },
    others: async () => (own === null ? [] : others(own)),
    ask: async () => ({ reports: [], silent: 0 }),
    leave: async () => {},
  }
  const exchanged = exchangeReports(
    {
      ...{ stores: { reports }, hub: { countByInterest: () => [] }, peers: { owner: true }, alarms, newsroom },
      settings: { vapidKeys: [{ keyId: 'k1' }] } as never,
      logger: { alert: (line) => logged.push(line) },
      streamsReached: { recent: () => [], heard() {} },
    },
    { alarms: () => [], shareWith() {} } as never,
  )
  return { exchanged, alarms, logged }
}

test.each([
  ['another newsroom file', (own: ProcessReport) => [{ ...own, newsroomHash: 'other' }], 'newsroom'],
  ['another VAPID key', (own: ProcessReport) => [{ ...own, vapidKeyId: 'k2' }], 'key'],
])('a node with %s raises an alarm and is logged once', async (_, others, kind) => {
  const { exchanged, alarms, logged } = exchange(others)
  await expect.poll(() => alarms.list().map((it) => it.kind)).toEqual([kind])
  exchanged?.soon()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(logged).toEqual([expect.stringContaining('nodes have different')])
  await exchanged?.stop()
})

test.each([
  ['newsroom', { newsroomHash: 'other' }],
  ['key', { vapidKeyId: 'k2' }],
] as const)(
  'the alarm %s ends with the node that had another; what a push service raised stays',
  async (kind, other) => {
    let isThere = true
    const { exchanged, alarms } = exchange((own) => (isThere ? [{ ...own, ...other }] : []))
    await expect.poll(() => alarms.list().map((it) => it.kind)).toEqual([kind])
    alarms.raise({ kind: 'key', host: 'push.example', detail: 'It refuses our tokens' })
    isThere = false
    exchanged?.soon()
    await expect.poll(() => alarms.list().map(({ host }) => host)).toEqual(['push.example'])
    await exchanged?.stop()
  },
)

test('nodes that have the same, and one of an older version, raise none', async () => {
  const { exchanged, alarms, logged } = exchange((own) => {
    const { newsroomHash: _, ...older } = own
    return [own, older]
  })
  exchanged?.soon()
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect([alarms.list(), logged]).toEqual([[], []])
  await exchanged?.stop()
})
