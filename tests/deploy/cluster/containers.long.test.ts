import { afterAll, beforeAll, expect, test } from 'vitest'
import { isInstalled, needsInstalled } from '../../interop/installed.ts'
import { blankDatabase } from '../../support/postgres/fresh-database.ts'
import { adminKey, english, freePort, publish } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { listenRaw } from '../../support/streams/raw-listener.ts'
import { composedCluster } from '../composed.ts'
import { Podman } from '../podman.ts'

// The three nodes of deploy/cluster/compose.yaml, in containers. Without a registry PostgreSQL's and Caddy's own images are
// not here: the database is one of the tests, and the proxy has tests of its own.

const clean = cleaning(afterAll)
const podman = new Podman(scratchFolder(clean))
clean(() => podman.end())
const isPossible = isInstalled('podman') && isInstalled('runc') && process.getuid?.() === 0
const { 'tocsin-1': node } = composedCluster({
  TOCSIN_HOST: 'alerts.example',
  VAPID_SUBJECT: 'mailto:desk@news.example',
  DATABASE_PASSWORD: 'of-the-database',
  PUSH_SECRET: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
  VAPID_PUBLIC_KEY: 'BCh5RlCf3MBGT-fAWp8BOfuqxBJ4vmNig_816Zr01h3tpMxRgq1aIktEq5mByNdFuScB2YgN1M1xia35XeFO_x4',
  VAPID_PRIVATE_KEY: '0cllLhHbmHAf7N5MwXtxSqEiWbsPHJKprt-tBlI5kA8',
}).services

beforeAll(async () => {
  if (isPossible) await podman.build('tocsin')
}, 900_000)

/** Starts a node with what the file says of it, on the network of this machine. */
async function start(name: string, databaseUrl: string) {
  const port = await freePort()
  const own = { HOST: '127.0.0.1', PORT: port, DATABASE_URL: databaseUrl, ADMIN_KEY: adminKey, DRAIN_SECONDS: '0' }
  const environment = { ...node.environment, ...own, STOP_DELAY_SECONDS: '0' }
  await podman.run(
    ...['run', '--detach', '--replace', '--name', name, '--network=host'],
    ...Object.entries(environment).map(([variable, value]) => `--env=${variable}=${value}`),
    ...(node.read_only ? ['--read-only'] : []),
    ...node.tmpfs.map((path) => `--tmpfs=${path}`),
    ...node.cap_drop.map((capability) => `--cap-drop=${capability}`),
    ...node.security_opt.map((option) => `--security-opt=${option.replace(/:true$/, '')}`),
    ...[`--memory=${node.mem_limit}`, `--pids-limit=${node.pids_limit}`],
    // Podman's own limits may be higher than ours. Its health checks are systemd's work.
    ...['--ulimit=nofile=4096:4096', '--ulimit=nproc=1000:1000', '--no-healthcheck'],
    'tocsin',
  )
  await expect.poll(() => podman.run('logs', name)).toContain('Tocsin is ready')
  const stop = async () => {
    await podman.run('stop', '--time', '60', name)
    return podman.run('inspect', name, '--format', '{{.State.ExitCode}}')
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}

test('the three nodes start at the same time on a new database, share alerts, and end in order; nothing is kept in them', async ({
  skip,
}) => {
  for (const name of ['podman', 'runc'] as const) needsInstalled(name, skip)
  if (!isPossible) skip('containers are run by root only')
  const database = await blankDatabase(clean)
  const names = ['tocsin-1', 'tocsin-2', 'tocsin-3'] as const
  const nodes = await Promise.all(names.map((name) => start(name, database)))
  const readers = await Promise.all(nodes.map(({ url }) => listenRaw(url, '?languages=en')))
  for (const { url } of nodes) await publish(url, { ...english(`From ${url}`), level: 'routine' })
  for (const reader of readers) {
    await reader.frame(({ seq }) => seq === 3)
    expect(reader.seqs()).toEqual([1, 2, 3])
    reader.socket.terminate()
  }
  expect(await podman.run('exec', 'tocsin-1', 'ls', '-A', '/data')).toBe('')
  // Another container in the place of the first, as an upgrade makes one.
  expect(await nodes[0]?.stop()).toBe('0')
  const again = await start('tocsin-1', database)
  expect(await (await fetch(`${again.url}/v1/alerts?languages=en`)).text()).toContain(`From ${nodes[0]?.url}`)
  for (const it of [again, ...nodes.slice(1)]) expect(await it.stop()).toBe('0')
})
