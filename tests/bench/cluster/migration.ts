import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { createDatabase } from '../../support/postgres/template-database.ts'
import { startNode } from '../../support/processes/service.ts'
import { kilobytesOf } from '../push/crowd-questions.ts'
import { makeCrowd } from '../push/generated-crowd.ts'

const program = fileURLToPath(new URL('../../../src/cli/tocsin.mjs', import.meta.url))
const lookMs = 100

/** `folder`: a data folder with subscriptions, as `bench:million` keeps; absent: so many are made. */
export type MigrationOrder = { readonly subscriptions: number; readonly folder: string | undefined }

/** How long a command took, and the most memory that one of its processes had. */
export type CommandFigures = { readonly seconds: number; readonly peakMib: number }
export type MigrationFigures = { readonly there: CommandFigures; readonly back: CommandFigures }

/** Moves a newsroom with its subscriptions from SQLite into PostgreSQL, and goes back. */
export async function measureMigration(server: PostgresServer, order: MigrationOrder): Promise<MigrationFigures> {
  const folder = order.folder ?? mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
  try {
    if (!existsSync(join(folder, 'newsroom.json'))) await makeCrowd(folder, order.subscriptions)
    // Only a folder of this version is moved: its service makes the tables that are missing.
    const service = await startNode(folder, { NEWSROOM: join(folder, 'newsroom.json'), PUSH_PREPARED_MAX: '0' })
    await service.end('SIGTERM')
    const name = `migration_${Date.now()}`
    await createDatabase(server.url('postgres'), name, 'template1')
    const moved = ['--from', `sqlite:${folder}`, '--to', server.url(name)]
    return { there: await run('migrate', ...moved), back: await run('migrate', '--go-back', ...moved) }
  } finally {
    if (order.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function run(...args: readonly string[]): Promise<CommandFigures> {
  const beganMs = performance.now()
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  let peakMib = 0
  const look = setInterval(() => {
    peakMib = Math.max(peakMib, ...pidsOf(child).map(peakOf))
  }, lookMs)
  const [code] = await ended
  clearInterval(look)
  if (code !== 0) throw new Error(`tocsin ${args[0]} ended with ${code}`)
  return { seconds: (performance.now() - beganMs) / 1_000, peakMib }
}

/** The command, and the program that it starts to do the work. */
function pidsOf({ pid = 0 }: ChildProcess): readonly number[] {
  const children = readProc(`${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean)
  return [pid, ...children.map(Number)]
}

function peakOf(pid: number): number {
  const status = readProc(`${pid}/status`)
  // One that has ended has no memory.
  return status.includes('VmHWM') ? kilobytesOf(status, 'VmHWM') / 1_024 : 0
}

/** Empty: the process has ended. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}
