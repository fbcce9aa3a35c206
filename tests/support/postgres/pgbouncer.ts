import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, test } from 'vitest'
import { cleaning } from '../scratch.ts'
import { freshDatabase } from './fresh-database.ts'
import { freePort } from './postgres-server.ts'

const program = '/usr/sbin/pgbouncer'
/** Why the tests with PgBouncer do not run here; null: they do. */
export const noPgBouncer = existsSync(program) ? null : 'PgBouncer is not installed: apt-get install pgbouncer'
/** PgBouncer refuses to run as root. */
const nobody = 65_534

/** Starts Debian's PgBouncer in transaction mode before a server of loopback, with few connections to it. Resolves with its port. */
export async function startPgBouncer(serverPort: number, clean: (undo: () => unknown) => void): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-pgbouncer-'))
  const port = await freePort()
  writeFileSync(join(folder, 'users.txt'), '"tocsin" ""\n')
  const settings = [
    ...['[databases]', `* = host=127.0.0.1 port=${serverPort}`, '[pgbouncer]'],
    ...['listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = trust'],
    ...[`auth_file = ${join(folder, 'users.txt')}`, 'pool_mode = transaction', 'default_pool_size = 3'],
  ]
  writeFileSync(join(folder, 'pgbouncer.ini'), `${settings.join('\n')}\n`)
  const asUser = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  if (asUser.uid !== undefined)
    for (const name of ['', 'users.txt', 'pgbouncer.ini']) chownSync(join(folder, name), nobody, nobody)
  const child = spawn(program, ['-q', join(folder, 'pgbouncer.ini')], { ...asUser, stdio: 'ignore' })
  clean(async () => {
    await ended(child)
    rmSync(folder, { recursive: true, force: true })
  })
  for (;;) {
    if (await listens(port)) return port
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`)
    await sleep(20)
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** What a test through PgBouncer needs. */
export type Pooled = {
  /** A database, through the pooler. */
  readonly shared: string
  /** Another database of the same server, through the pooler. */
  readonly through: (url: string) => string
}

/** Tests through PgBouncer in transaction mode, which end with the file; a skipped one with a sentence where it is not installed. */
export function describePooled(tests: (pooled: Pooled) => void): void {
  const cleanAtEnd = cleaning(afterAll)
  describe.skipIf(noPgBouncer !== null)(noPgBouncer ?? 'through PgBouncer in transaction mode', async () => {
    if (noPgBouncer !== null) return void test('is not run')
    const direct = await freshDatabase(cleanAtEnd)
    const port = await startPgBouncer(Number(new URL(direct).port), cleanAtEnd)
    const through = (url: string) => Object.assign(new URL(url), { port: String(port) }).href
    tests({ shared: through(direct), through })
  })
}
