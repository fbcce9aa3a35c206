import { expect } from 'vitest'
import { ask, english, publish, revise } from '../processes/service.ts'
import { until } from '../push/push-deps.ts'
import type { PushService } from '../push/push-service.ts'
import { type Place, tracesIn } from './reader-marks.ts'
import { MarkedReader, readersRoutes } from './reader-traffic.ts'

/**
 * Where a database and its files have what the service itself made up for a reader: docs/operating.md, "What is kept, and for
 * how long". A token is random, so that its hash tells nothing.
 */
const madeUp = (files: readonly string[]) => ({
  idsIn: ['subscriptions.id', ...files],
  tokenHashesIn: ['subscriptions.token_hash', ...files],
})

/** What an administrator can read of the service, but the export of the subscriptions. */
const desksReads = [
  ...['/metrics', '/readyz', '/healthz', '/v1/desk/audit', '/v1/desk/alarms', '/v1/desk/subscriptions/count'],
  ...['/v1/desk/editors', '/v1/desk/sessions', '/v1/desk/webhooks', '/v1/desk/items', '/v1/desk/dead-letters'],
] as const

/**
 * Two readers use all of a service while editors publish, and the push service accepts, refuses and loses what it is
 * sent. Gives the readers.
 */
export async function wholeRun(
  url: string,
  service: PushService,
  databaseFiles: readonly string[] = [],
): Promise<readonly MarkedReader[]> {
  const readers = [true, false].map((proxied) => new MarkedReader(url, service.makeReader(), { proxied }))
  const { alert } = await publish(url, english('Monitors leave the valley'))
  for (const reader of readers) {
    await reader.subscribe(madeUp(databaseFiles))
    const used = await reader.useEveryRoute(alert.id)
    expect([...used].sort()).toEqual([...new Set(readersRoutes.map(({ path }) => path))].sort())
    await reader.subscribeServer(`${url}/feeds/en.atom`)
    await reader.listen(6)
    await reader.speakBrokenly()
  }
  const results = [500, 429, 201, 400, 410, 403]
  service.script = ({ nth }) => ({ status: results[nth % results.length] ?? 201, body: 'The push service says why.' })
  const before = service.counterTotals.length
  await revise(url, alert.id, 'correction', { note: { en: 'It was another valley.' } })
  await publish(url, english('A second one'))
  await until(() => service.counterTotals.length >= before + 2)
  await revise(url, alert.id, 'retraction', { note: { en: 'They are still there.' } })
  for (const { careless } of readers) expect([...careless]).toEqual([])
  // Every kind of answer was given: what is not asked for leaves no trace anyway.
  for (const reader of readers)
    for (const status of [200, 201, 202, 302, 400, 404, 405, 415, 429])
      expect(
        reader.statuses.get(status) ?? 0,
        `answers with ${status}: ${[...reader.statuses.keys()]}`,
      ).toBeGreaterThan(0)
  return readers
}

/** What administrators and monitoring can read now. */
export async function readByOthers(url: string): Promise<readonly Place[]> {
  return Promise.all(
    desksReads.map(async (path) => {
      const answer = await ask(url, 'GET', path)
      expect([200, 404], path).toContain(answer.status)
      return { name: `the answer of ${path}`, bytes: Buffer.from(await answer.text()) }
    }),
  )
}

/** Expects none of the readers' marks in places but where they are meant to be. */
export function expectNoTrace(places: readonly Place[], readers: readonly Pick<MarkedReader, 'marks'>[]) {
  const marks = readers.flatMap((it) => it.marks)
  expect(marks.length).toBeGreaterThan(500)
  expect(places.length).toBeGreaterThan(0)
  expect(tracesIn(places, marks)).toEqual([])
}
