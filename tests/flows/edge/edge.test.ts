import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type RunningWorker, startWorker } from '../../support/processes/worker-process.ts'
import { hostileSuite } from '../suites/hostile.ts'
import { httpRulesSuite } from '../suites/http-rules.ts'
import { mistakesSuite } from '../suites/mistakes.ts'
import { signaturesSuite } from '../suites/signing/signatures.ts'
import { surfaceSuite } from '../suites/surface.ts'

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
signaturesSuite('Workers', open)
hostileSuite('Workers', open)
httpRulesSuite('Workers', open, { platform: true })
mistakesSuite('Workers', open)
