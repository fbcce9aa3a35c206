import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '../support/postgres/fresh-database.ts'
import { startFront } from '../support/processes/balancing-front.ts'
import { onDatabase, startNodes } from '../support/processes/postgres-nodes.ts'
import { startNode } from '../support/processes/service.ts'
import { hostileSuite } from './suites/hostile.ts'
import { httpRulesSuite } from './suites/http-rules.ts'
import { mistakesSuite } from './suites/mistakes.ts'
import { signaturesSuite } from './suites/signing/signatures.ts'
import { surfaceSuite } from './suites/surface.ts'

type Undo = () => unknown

async function undone(undos: readonly Undo[]): Promise<void> {
  for (const undo of undos.toReversed()) await undo()
}

async function openOne() {
  const undos: Undo[] = []
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  undos.push(() => rmSync(folder, { recursive: true, force: true }))
  const url = await freshDatabase((undo) => undos.push(undo))
  const service = await startNode(folder, onDatabase(url))
  undos.push(() => service.end('SIGTERM'))
  return { url: service.url, close: () => undone(undos) }
}

/** Each connection goes to the other node: what is published on one is read on the other. */
async function openTwo() {
  const undos: Undo[] = []
  const { nodes } = await startNodes((undo) => undos.push(undo), 2)
  const front = await startFront(nodes.map(({ url }) => url))
  undos.push(() => front.close())
  return { url: front.url, close: () => undone(undos) }
}

surfaceSuite('Node with PostgreSQL', openOne)
signaturesSuite('Node with PostgreSQL', openOne)
hostileSuite('Node with PostgreSQL', openOne)
httpRulesSuite('Node with PostgreSQL', openOne)
mistakesSuite('Node with PostgreSQL', openOne)
surfaceSuite('two nodes with PostgreSQL', openTwo)
signaturesSuite('two nodes with PostgreSQL', openTwo)
