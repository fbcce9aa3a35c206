import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkoutIn, startScript } from '../support/browser/scripts.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const cleanAll = cleaning(afterAll)
const clean = cleaning()
let home = ''
beforeAll(() => {
  home = checkoutIn(cleanAll)
})

const local = '--ip 127.0.0.1 --port 0 --inspector-port 0'

test.each([
  ['npm start', '/bin/bash', 'SIGTERM', 'npm', /^Tocsin is ready at (\S+)/],
  ['npm start', '/bin/dash', 'SIGINT', 'group', /^Tocsin is ready at (\S+)/],
  // A terminal that is closed tells all of its group; npm itself passes on no SIGHUP.
  ['npm start', '/bin/dash', 'SIGHUP', 'group', /^Tocsin is ready at (\S+)/],
  ['npm run tocsin -- serve --port 0', '/bin/sh', 'SIGTERM', 'npm', /^Tocsin is ready at (\S+)/],
  ['npm run demo', '/bin/sh', 'SIGTERM', 'npm', /^Ready +(\S+)/],
  [`npm run dev:worker -- ${local}`, '/bin/dash', 'SIGTERM', 'npm', /Ready on (http:\/\/\S+)/],
] as const)(
  '%s, run by %s, ends at %s to its %s with all its processes, and its port is free',
  async (command, shell, signal, whom, ready) => {
    const env = {
      PORT: '0',
      DATA_DIR: scratchFolder(clean),
      DRAIN_SECONDS: '0',
      TMPDIR: scratchFolder(clean),
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
    }
    const script = startScript(home, command, { shell, env }, clean)
    const [url] = await script.heard(ready)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await script.end(signal, whom)
    await expect.poll(script.processes).toEqual([])
    await expect
      .poll(() =>
        fetch(`${url}/healthz`).then(
          () => 'it answers',
          () => 'nobody',
        ),
      )
      .toBe('nobody')
  },
)
