import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stopGraceMs } from '../../../src/node/cluster/primary.ts'
import { readConfig } from '../../../src/node/config.ts'
import { misspelt } from '../../../src/node/settings/misspelt-settings.ts'
import { needsInstalled, pathOf } from '../../interop/installed.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { composedCluster, dockerfileEnvironment } from '../composed.ts'
import { shippedFile } from '../shipped-proxy.ts'

const clean = cleaning()
const given = {
  TOCSIN_HOST: 'alerts.example',
  VAPID_SUBJECT: 'mailto:desk@news.example',
  DATABASE_PASSWORD: 'of-the-database',
  PUSH_SECRET: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
  VAPID_PUBLIC_KEY: 'BKDo5ncfQ3rLBjrpEeovQ3s1JtVYNVvM3xCgJ3gqmK2b3iZL0R5bQ8G6W_DXhI-lDNFjA4IkfTHyDQuGhrV7GwY',
  VAPID_PRIVATE_KEY: 'k8PqlqS7ELq9KMpzNZ7FnVJZQhZmLR4-eSdCXDkyYtg',
}
const { postgres, proxy, ...others } = composedCluster(given).services
const nodes = Object.entries(others)
const environmentOf = (node: (typeof nodes)[number][1]) => ({ ...dockerfileEnvironment(), ...node.environment })
/** What PostgreSQL keeps for superusers (superuser_reserved_connections), and a backup beside the nodes. */
const otherConnections = 5

/** Reads the file as docker-compose does. */
function compose(env: Readonly<Record<string, string>>) {
  const args = ['-f', 'deploy/cluster/compose.yaml', 'config']
  const { status, stdout, stderr } = spawnSync(pathOf('docker-compose'), args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  })
  return { status, stdout, stderr }
}

test('docker-compose takes the file, and refuses to start with variables that are not given, or empty', ({ skip }) => {
  needsInstalled('docker-compose', skip)
  expect(compose(given)).toMatchObject({ status: 0, stdout: expect.stringContaining('https://alerts.example') })
  expect(compose({})).toMatchObject({ status: 1, stderr: expect.stringContaining('DATABASE_PASSWORD') })
  // An empty password is none.
  expect(compose({ ...given, DATABASE_PASSWORD: '' })).toMatchObject({ status: 1 })
})

test('no variable has a default: each is wanted where it is used first', () => {
  const uses = [...shippedFile('cluster/compose.yaml').matchAll(/\$\{(\w+)(:\?)?/g)].map(([, name, wanted]) => ({
    name,
    wanted,
  }))
  expect(new Set(uses.map(({ name }) => name))).toEqual(new Set(Object.keys(given)))
  for (const name of Object.keys(given)) expect(uses.find((it) => it.name === name)).toEqual({ name, wanted: ':?' })
})

test('the three nodes have the same settings, such as the service knows, and the database that is made for them', () => {
  expect(nodes).toHaveLength(3)
  for (const [name, node] of nodes) {
    const environment = environmentOf(node)
    expect([name, misspelt(environment)]).toEqual([name, []])
    expect(environment).toEqual(environmentOf(others['tocsin-1']))
    expect(readConfig({ ...environment, VAPID_PUBLIC_KEY: undefined, VAPID_PRIVATE_KEY: undefined })).toMatchObject({
      host: '0.0.0.0',
      publicUrl: 'https://alerts.example',
      trustProxy: true,
      databaseUrl: 'postgres://tocsin:of-the-database@postgres:5432/tocsin',
      pushSecret: given.PUSH_SECRET,
    })
  }
  const script = shippedFile('cluster/create-database.sh')
  expect(script).toContain('create database tocsin owner tocsin encoding')
  expect(postgres.volumes).toContain('./create-database.sh:/docker-entrypoint-initdb.d/create-database.sh:ro')
  expect(postgres.environment?.DATABASE_PASSWORD).toBe(given.DATABASE_PASSWORD)
  expect(postgres.healthcheck.test).toEqual(expect.arrayContaining(['--username=tocsin', '--dbname=tocsin']))
})

test('the server has as many connections as three nodes can open', () => {
  const { PUSH_THREADS: threads, PROCESSES: processes = '1' } = environmentOf(others['tocsin-1']) as Record<
    string,
    string
  >
  const ofNode = 16 * Number(processes) + 4 * Number(threads) + 1
  const most = Number(/max_connections=(\d+)/.exec(postgres.command)?.[1])
  expect(most).toBeGreaterThanOrEqual(nodes.length * ofNode + otherConnections)
  // The same numbers as in the document.
  expect(shippedFile('../docs/operating.md').replace(/\s+/g, ' ')).toContain(
    '16 for each of its `PROCESSES`, 4 for each of its `PUSH_THREADS`, and 1 that listens',
  )
})

test('only data and certificates are on volumes; all else is read-only, and no container may more than it must', () => {
  for (const [, { volumes, tmpfs }] of nodes) expect([volumes, tmpfs]).toEqual([undefined, ['/tmp']])
  expect(postgres.volumes?.[0]).toBe('database:/var/lib/postgresql')
  expect(proxy.volumes).toContain('certificates:/data')
  for (const { read_only, cap_drop, security_opt, mem_limit, pids_limit } of [
    ...nodes.map(([, it]) => it),
    postgres,
    proxy,
  ]) {
    expect([read_only, cap_drop, security_opt]).toEqual([true, ['ALL'], ['no-new-privileges:true']])
    expect([mem_limit, pids_limit]).toEqual([expect.stringMatching(/^\d+g$/), expect.any(Number)])
  }
})

test('the proxy has the Caddyfile for several nodes, with all that it wants set, and leads to each node', ({
  skip,
}) => {
  const [mounted = ''] = proxy.volumes ?? []
  const [file = '', place] = mounted.split(':')
  expect([existsSync(join('deploy/cluster', file)), place]).toEqual([true, '/etc/caddy/Caddyfile'])
  const wanted = [...shippedFile('cluster/Caddyfile').matchAll(/\{\$(\w+)/g)].map(([, name]) => name)
  expect(new Set(wanted)).toEqual(new Set(Object.keys(proxy.environment ?? {})))
  needsInstalled('caddy', skip)
  const args = ['adapt', '--adapter', 'caddyfile', '--config', 'deploy/cluster/Caddyfile']
  const env = { PATH: process.env.PATH, ...proxy.environment }
  const adapted = execFileSync(pathOf('caddy'), args, { encoding: 'utf8', env })
  const { PORT } = dockerfileEnvironment()
  const dialled = [...adapted.matchAll(/"dial":"([^"]*)"/g)].map(([, address]) => address)
  expect(new Set(dialled)).toEqual(new Set(nodes.map(([name]) => `${name}:${PORT}`)))
  for (const [, { expose }] of nodes) expect(expose).toEqual([PORT])
})

test('each service is given the time that its end takes', () => {
  const seconds = (time: string) => Number(/^(\d+)s$/.exec(time)?.[1])
  for (const [, { stop_grace_period, environment }] of nodes)
    expect(seconds(stop_grace_period)).toBeGreaterThan(
      Number(environment?.STOP_DELAY_SECONDS) + Number(environment?.DRAIN_SECONDS) + stopGraceMs / 1_000,
    )
  // Docker's own ten seconds are too few for a PostgreSQL that has much to write.
  expect(seconds(postgres.stop_grace_period)).toBeGreaterThan(10)
})

test('new-env.sh makes all that is wanted, for its owner only, and never twice', () => {
  const folder = scratchFolder(clean)
  const script = join(folder, 'new-env.sh')
  cpSync('deploy/cluster/new-env.sh', script)
  const run = (...args: string[]) => spawnSync(script, args, { encoding: 'utf8', cwd: '.' })
  expect(run('alerts.example')).toMatchObject({ status: 2, stderr: expect.stringContaining('Give two things') })
  expect(run('alerts.example', 'mailto:desk@news.example')).toMatchObject({ status: 0, stdout: '', stderr: '' })
  const file = join(folder, '.env')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  const made = Object.fromEntries([...text.matchAll(/^(\w+)=(.+)$/gm)].map(([, name, value]) => [name, value]))
  expect(Object.keys(made).sort()).toEqual(Object.keys(given).sort())
  const { environment = {} } = composedCluster(made).services['tocsin-1']
  expect(readConfig(environment)).toMatchObject({ pushSecret: made.PUSH_SECRET, vapidPublicKey: made.VAPID_PUBLIC_KEY })
  // What has a meaning in a URL would lead elsewhere.
  expect(made.DATABASE_PASSWORD).toMatch(/^\w{40,}$/)
  expect(run('alerts.example', 'mailto:desk@news.example')).toMatchObject({ status: 1 })
  expect(readFileSync(file, 'utf8')).toBe(text)
})
