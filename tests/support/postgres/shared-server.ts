import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { PostgresServer } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of a Unix socket. Who connects is sent the port of the run's PostgreSQL, which then has `templateDatabase`. */
    readonly postgresSocket: string
  }
}

/** One PostgreSQL for all test files. It is started when the first of them asks, and costs nothing when none does. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-postgres-socket-'))
  const path = join(folder, 'socket')
  let starting: Promise<PostgresServer> | null = null
  const start = async () => {
    const { startWithTemplate } = await import('./template-database.ts')
    return startWithTemplate()
  }
  const listener = createServer((socket) => {
    socket.on('error', () => {})
    starting ??= start()
    starting.then(
      (server) => socket.end(JSON.stringify({ port: server.port })),
      (error: unknown) => socket.end(JSON.stringify({ error: String(error) })),
    )
  })
  await new Promise<void>((resolve) => listener.listen(path, resolve))
  listener.unref()
  project.provide('postgresSocket', path)
  return async () => {
    listener.close()
    rmSync(folder, { recursive: true, force: true })
    await starting?.then(
      (server) => server.remove(),
      () => {},
    )
  }
}
