import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type RunningWorker, startWorker } from '../support/worker-process.ts'
import { hostileSuite } from './hostile.ts'
import { httpRulesSuite } from './http-rules.ts'
import { mistakesSuite } from './mistakes.ts'
import { surfaceSuite } from './surface.ts'

const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
let edge: RunningWorker | null = null

afterAll(async () => {
  await edge?.end()
  rmSync(folder, { recursive: true, force: true })
})

/** One workerd serves one suite after the other: its start takes longer than many of their cases. */
async function open() {
  edge ??= await startWorker({ folder })
  return { url: edge.url, close: async () => {} }
}

surfaceSuite('Workers', open)
hostileSuite('Workers', open)
httpRulesSuite('Workers', open, { platform: true })
mistakesSuite('Workers', open)
