import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import { freePort } from '../../support/processes/service.ts'
import { pathOf } from '../installed.ts'

/** A proxy of Debian's in front of a service. */
export type ReverseProxy = {
  readonly url: string
  /** The same service, asked with another Host than the browser's. */
  readonly otherHostUrl: string
  /** Where nginx asks in HTTP/1.0 without a Host header, and where HAProxy tells what its health checks were answered. */
  readonly probeUrl: string
  readonly end: () => Promise<void>
}
export type ProxyName = 'nginx' | 'haproxy'

const kinds = {
  nginx: {
    config: 'nginx.conf',
    args: (folder: string, file: string) => ['-p', folder, '-c', file],
  },
  haproxy: { config: 'haproxy.cfg', args: (_: string, file: string) => ['-W', '-f', file] },
} as const

/** Starts a proxy with the configuration beside this file, and waits until it answers. */
export async function startProxy(name: ProxyName, folder: string, servicePort: string): Promise<ReverseProxy> {
  const { config, args } = kinds[name]
  const [listen, other, probe] = [await freePort(), await freePort(), await freePort()]
  const filled = readFileSync(new URL(config, import.meta.url), 'utf8')
    .replaceAll('{listen}', listen)
    .replaceAll('{listen-other-host}', other)
    .replaceAll('{listen-probe}', probe)
    .replaceAll('{service}', servicePort)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, config)
  writeFileSync(file, filled)
  const child = spawn(pathOf(name), args(folder, file), { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const url = `http://localhost:${listen}`
  await vi.waitFor(
    async () => {
      const answered = await fetch(`http://127.0.0.1:${listen}/healthz`).catch(() => null)
      if (answered?.status !== 200) throw new Error(`${name} does not answer: ${said}`)
    },
    { timeout: 20_000, interval: 50 },
  )
  return {
    url,
    otherHostUrl: `http://localhost:${other}`,
    probeUrl: `http://127.0.0.1:${probe}`,
    end: () => ended(child),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
