import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OpenFiles } from '../../../src/node/server/open-files.ts'
import { runs } from '../../support/effort.ts'
import { startNode } from '../../support/processes/service.ts'
import { serviceProgram } from '../../support/processes/service-program.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { hangUp, listenRaw, type RawListener } from '../../support/streams/raw-listener.ts'

const clean = cleaning()

test.each([
  [20_000, 86, 19_314, 19_114],
  [20_000, 4_086, 15_314, 15_114],
  [1_024, 107, 877, 857],
  [400, 86, 274, 254],
  [400, 359, 2, 1],
  [50, 86, 2, 1],
])(
  'of %i open files, %i of them its own, there are at most %i connections, %i of them streams',
  (limit, own, connections, streams) => {
    const files = new OpenFiles(limit, () => own)
    expect([files.own, files.connectionsMax, files.streamsMax]).toEqual([own, connections, streams])
  },
)

test('what is not a connection is its own: it rises at once, and falls by one a look', () => {
  let open = 90
  const files = new OpenFiles(1_000, () => open)
  const look = (now: number, connections: number) => {
    open = now
    files.look(connections)
    return files.own
  }
  expect(look(590, 500)).toBe(90)
  expect(look(700, 500)).toBe(200)
  expect(look(590, 500)).toBe(199)
  expect(look(90, 0)).toBe(198)
  expect(look(500, 303)).toBe(197)
  expect(look(500, 300)).toBe(200)
  expect(files.connectionsMax).toBe(1_000 - 200 - 40)
})

test('where nothing can be counted a usual number is its own, and what was counted last stays', () => {
  expect(new OpenFiles(1_000, () => null).connectionsMax).toBe(1_000 - 150 - 40)
  let open: number | null = 70
  const files = new OpenFiles(1_000, () => open)
  open = null
  files.look(400)
  expect(files.own).toBe(70)
})

test('connections, the spare and its own never come to more than the limit, where there is any room', () => {
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 1_100_000 }), fc.integer({ min: 1, max: 5_000 }), (limit, own) => {
      const { connectionsMax, streamsMax } = new OpenFiles(limit, () => own)
      expect(streamsMax).toBeGreaterThan(0)
      expect(streamsMax).toBeLessThan(connectionsMax)
      if (connectionsMax > 2) expect(connectionsMax + own + 40).toBeLessThanOrEqual(limit)
    }),
    { numRuns: runs(200) },
  )
})

test('this process counts its files, and has a limit that leaves room', () => {
  const files = new OpenFiles()
  expect(files.own).toBeGreaterThan(3)
  expect(files.own).toBeLessThan(2_000)
  expect(files.streamsMax).toBeGreaterThan(100)
})

test('when file descriptors run out, new streams get Retry-After, and pages are served', async () => {
  const service = await startNode(scratchFolder(clean), { PUSH_THREADS: '1' }, serviceProgram, '400')
  clean(() => service.end('SIGKILL'))
  const heard: RawListener[] = []
  const refused: unknown[] = []
  const come = () =>
    listenRaw(service.url).then(
      (listener) => heard.push(listener),
      (error: unknown) => refused.push(error),
    )
  // As many at once as connections are kept for other requests; more than those are closed without an answer.
  for (let batch = 0; batch < 20; batch += 1) await Promise.all(Array.from({ length: 15 }, come))
  // All that it has open itself, threads and databases, is less than a hundred and some.
  expect(heard.length).toBeGreaterThan(200)
  expect(refused.length).toBeGreaterThan(20)
  for (const error of refused) expect(error).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  for (const answer of heard) await hangUp(answer)
  await expect.poll(() => listenRaw(service.url).then(hangUp, () => 'refused')).toBeUndefined()
})
