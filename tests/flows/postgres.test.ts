import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '../support/postgres/fresh-database.ts'
import { startNode } from '../support/processes/service.ts'
import { surfaceSuite } from './suites/surface.ts'

async function open() {
  const undos: (() => unknown)[] = []
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  undos.push(() => rmSync(folder, { recursive: true, force: true }))
  const url = await freshDatabase((undo) => undos.push(undo))
  const service = await startNode(folder, { DATABASE_URL: url, TOCSIN_UNFINISHED: 'postgres' })
  const close = async () => {
    await service.end('SIGTERM')
    for (const undo of undos.reverse()) await undo()
  }
  return { url: service.url, close }
}

surfaceSuite('Node with PostgreSQL', open)
