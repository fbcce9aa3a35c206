import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect } from 'vitest'

/** Debian's programs, where Debian puts them: what else a machine has of that name is another program. */
const programs = {
  curl: '/usr/bin/curl',
  w3m: '/usr/bin/w3m',
  minisign: '/usr/bin/minisign',
  xmllint: '/usr/bin/xmllint',
  nginx: '/usr/sbin/nginx',
  haproxy: '/usr/sbin/haproxy',
  caddy: '/usr/bin/caddy',
  promtool: '/usr/bin/promtool',
  createdb: '/usr/bin/createdb',
  pg_dump: '/usr/bin/pg_dump',
  pg_restore: '/usr/bin/pg_restore',
  'systemd-analyze': '/usr/bin/systemd-analyze',
  podman: '/usr/bin/podman',
  runc: '/usr/sbin/runc',
  'docker-compose': '/usr/bin/docker-compose',
  stunnel4: '/usr/bin/stunnel4',
  faketime: '/usr/bin/faketime',
} as const
export const python = '/usr/bin/python3'
const modules = ['websockets', 'feedparser'] as const

export type Installed = keyof typeof programs | (typeof modules)[number]
export const pathOf = (name: keyof typeof programs) => programs[name]

/** Whether one of Debian's programs or Python modules is on this machine. */
export function isInstalled(name: Installed): boolean {
  if (name in programs) return existsSync(programs[name as keyof typeof programs])
  try {
    execFileSync(python, ['-c', `import ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Skips a test with a line that says why; with CI=true that is a failure, since nothing else proves what it proves. */
export function needsInstalled(name: Installed, skip: (note: string) => never): void {
  if (isInstalled(name)) return
  const note = `Debian's ${name} is not installed (.ci/run installs it)`
  if (process.env.CI === 'true') expect.fail(note)
  skip(note)
}
