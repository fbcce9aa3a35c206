import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { streamsMax } from '../src/node/open-files.ts'
import { hangUp, listenRaw } from './support/raw-listener.ts'
import { cleaning, scratchFolder } from './support/scratch.ts'
import { startNode } from './support/service.ts'

const clean = cleaning()
const main = fileURLToPath(new URL('../src/node/main.ts', import.meta.url))

test.each([
  [20_000, 19_000],
  [1_024, 924],
  [50, 1],
])('with %i open files there are at most %i live streams', (openFiles, streams) => {
  expect(streamsMax(openFiles)).toBe(streams)
})

test('this process has a limit that leaves room', () => {
  expect(streamsMax()).toBeGreaterThan(100)
})

test('when the files run out, whoever comes is told when to come back, and pages are served', async () => {
  const service = await startNode(scratchFolder(clean), { PUSH_THREADS: '1' }, main, '160')
  clean(() => service.end('SIGKILL'))
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => listenRaw(service.url).catch((error: unknown) => error)),
  )
  const refused = answers.filter((answer) => answer instanceof Error)
  expect(refused).toHaveLength(40)
  for (const error of refused) expect(error).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  for (const answer of answers) if ('socket' in (answer as object)) await hangUp(answer as Parameters<typeof hangUp>[0])
  await expect.poll(() => listenRaw(service.url).then(hangUp, () => 'refused')).toBeUndefined()
})
