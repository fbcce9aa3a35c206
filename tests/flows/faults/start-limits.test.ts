import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { failedStart } from '../../support/processes/failed-start.ts'
import { startNode } from '../../support/processes/service.ts'
import { serviceProgram } from '../../support/processes/service-program.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

test.for([40, 64, 127, 255])(
  'with a limit of %i open files the start is refused, and nothing is made',
  async (limit) => {
    const folder = scratchFolder(clean)
    const error = await startNode(folder, {}, serviceProgram, String(limit)).catch((it: unknown) => it)
    // With 40 files Node itself may not start.
    if (limit > 40)
      expect(String(error)).toContain(
        `(ulimit -n; LimitNOFILE= in a systemd unit) is ${limit}. The service needs at least 256`,
      )
    else expect(error).toBeInstanceOf(Error)
    expect(readdirSync(folder)).toEqual([])
  },
)

test('with the least limit of open files that is taken, readers stay and requests are served', async () => {
  const service = await startNode(scratchFolder(clean), {}, serviceProgram, '256')
  clean(() => service.end('SIGKILL'))
  const stop = new AbortController()
  clean(() => stop.abort())
  const open = () => fetch(`${service.url}/v1/events?languages=en`, { signal: stop.signal })
  const streams = await Promise.all(Array.from({ length: 20 }, open))
  expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200))
  // For longer than the service's own files need to be all open (its warm-up), and to be counted.
  for (let times = 0; times < 60; times += 1) {
    expect((await fetch(`${service.url}/v1/newsroom`)).status).toBe(200)
    await sleep(50)
  }
  const read = await Promise.race([Promise.all(streams.map((it) => it.text())), sleep(0)])
  expect(read).toBeUndefined()
})

test.for([
  ['a pipe that nobody writes to', 'mkfifo'],
  ['a folder', 'mkdir'],
])('a newsroom’s file that is %s is refused', async ([, make = '']) => {
  const path = join(scratchFolder(clean), 'newsroom.json')
  execFileSync(make, [path])
  const { code, lines } = await failedStart({ NEWSROOM: path })
  expect([code, lines.join(' ')]).toEqual([2, expect.stringContaining(`NEWSROOM ${path}: this is not a regular file.`)])
})

test('a device in place of the newsroom’s file is refused', async () => {
  const { code, lines } = await failedStart({ NEWSROOM: '/dev/zero' })
  expect([code, lines.join(' ')]).toEqual([2, expect.stringContaining('not a regular file')])
})

test.for([
  ['0', 'timeout=5'],
  ['1', 'timeout=75'],
])('TRUST_PROXY=%s: a connection is kept for the time that its responses name', async ([trust = '', kept = '']) => {
  const service = await startNode(scratchFolder(clean), { TRUST_PROXY: trust })
  clean(() => service.end('SIGKILL'))
  const response = await fetch(`${service.url}/healthz`)
  expect(response.headers.get('keep-alive')).toBe(kept)
})
