import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWorker } from '../support/worker-process.ts'
import { hostileSuite } from './hostile.ts'
import { httpRulesSuite } from './http-rules.ts'
import { surfaceSuite } from './surface.ts'

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  const edge = await startWorker({ folder })
  const close = async () => {
    await edge.end()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: edge.url, close }
}

surfaceSuite('Workers', open)
hostileSuite('Workers', open)
httpRulesSuite('Workers', open, { platform: true })
