import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNode } from '../support/processes/service.ts'
import { hostileSuite } from './suites/hostile.ts'
import { httpRulesSuite } from './suites/http-rules.ts'
import { mistakesSuite } from './suites/mistakes.ts'
import { signaturesSuite } from './suites/signing/signatures.ts'
import { surfaceSuite } from './suites/surface.ts'

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
  const service = await startNode(folder)
  const close = async () => {
    await service.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: service.url, close }
}

surfaceSuite('Node with SQLite', open)
signaturesSuite('Node with SQLite', open)
hostileSuite('Node with SQLite', open)
httpRulesSuite('Node with SQLite', open)
mistakesSuite('Node with SQLite', open)
