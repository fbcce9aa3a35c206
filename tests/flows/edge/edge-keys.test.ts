import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { keysSuite } from '../../support/keys-suite.ts'
import { type RunningWorker, startWorker } from '../../support/processes/worker-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
let edge: RunningWorker

beforeAll(async () => {
  // A hub for each few readers, the first rung by the log object and the others by a relay.
  edge = await startWorker({ folder, settings: { HUB_READERS_MAX: '3', HUBS_DIRECT: '1', HUBS_PER_REGION: '20' } })
})
afterAll(async () => {
  await edge.end()
  rmSync(folder, { recursive: true, force: true })
})

keysSuite('Workers', () => edge.url, 2)
