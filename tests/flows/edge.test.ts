import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEdge } from '../support/edge.ts'
import { hostileSuite } from './hostile.ts'
import { surfaceSuite } from './surface.ts'

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  const edge = await startEdge(folder)
  const close = async () => {
    await edge.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: edge.url, close }
}

surfaceSuite('Workers', open)
hostileSuite('Workers', open)
