import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { isInstalled, needsInstalled, pathOf } from '../interop/installed.ts'
import { adminKey, english, freePort, publish } from '../support/processes/service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { composed } from './composed.ts'
import { Podman } from './podman.ts'
import { shippedFile } from './shipped-proxy.ts'

const clean = cleaning(afterAll)
const podman = new Podman(scratchFolder(clean))
clean(() => podman.end())
const { tocsin } = composed({ TOCSIN_HOST: 'alerts.example', VAPID_SUBJECT: 'mailto:desk@news.example' }).services
const isPossible = isInstalled('podman') && isInstalled('runc') && process.getuid?.() === 0

beforeAll(async () => {
  if (isPossible) await podman.build('tocsin')
}, 900_000)

/** Skips, but in CI, where containers cannot be run. */
function needsContainers(skip: (note: string) => never): void {
  for (const name of ['podman', 'runc'] as const) needsInstalled(name, skip)
  if (!isPossible) skip('containers are run by root only')
}

/** Starts the image with what compose.yaml says of the service, on the network of this machine. */
async function start(name: string, { drain = '0', more = [] as readonly string[] } = {}) {
  const port = await freePort()
  const environment = {
    ...tocsin.environment,
    HOST: '127.0.0.1',
    PORT: port,
    ADMIN_KEY: adminKey,
    DRAIN_SECONDS: drain,
  }
  const args = [
    ...['run', '--detach', '--replace', '--name', name, '--network=host', '--volume=data:/data'],
    ...Object.entries(environment).map(([variable, value]) => `--env=${variable}=${value}`),
    ...(tocsin.read_only ? ['--read-only'] : []),
    ...tocsin.tmpfs.map((path) => `--tmpfs=${path}`),
    ...tocsin.cap_drop.map((capability) => `--cap-drop=${capability}`),
    ...tocsin.security_opt.map((option) => `--security-opt=${option.replace(/:true$/, '')}`),
    ...[`--memory=${tocsin.mem_limit}`, `--pids-limit=${tocsin.pids_limit}`],
    // Podman's own limits may be higher than ours. Its health checks are systemd's work.
    ...['--ulimit=nofile=4096:4096', '--ulimit=nproc=1000:1000', '--no-healthcheck'],
    ...more,
  ]
  await podman.run(...args, 'tocsin')
  const url = `http://127.0.0.1:${port}`
  // The first process of a container is not ended by a signal that it does not wait for yet.
  await expect.poll(() => podman.run('logs', name)).toContain('Tocsin is ready')
  return { url, stop: () => podman.run('stop', '--time', '60', name), exitCode: () => exitCodeOf(name) }
}

const exitCodeOf = (name: string) => podman.run('inspect', name, '--format', '{{.State.ExitCode}}')
const headlines = async (url: string) =>
  z
    .object({ entries: z.array(z.object({ alert: z.object({ headline: z.string() }) })) })
    .parse(await (await fetch(`${url}/v1/alerts?languages=en`)).json())
    .entries.map(({ alert }) => alert.headline)

test('the image has what the service needs, and no more', async ({ skip }) => {
  needsContainers(skip)
  const files = await podman.run(
    'run',
    '--rm',
    '--ulimit=nofile=4096:4096',
    '--ulimit=nproc=1000:1000',
    'tocsin',
    'ls',
    '-a',
    '/app',
    '/app/node_modules',
  )
  const names = files.split('\n')
  for (const name of ['dist', 'public', 'src', 'package.json', 'koffi', 'zod']) expect(names).toContain(name)
  for (const name of ['.git', 'data', 'docs', 'deploy', 'node', 'esbuild', 'vitest', 'typescript'])
    expect(names).not.toContain(name)
})

test('it serves as an ordinary user, loses nothing when it is killed, and ends by itself when it is asked to', async ({
  skip,
}) => {
  needsContainers(skip)
  const first = await start('serving')
  await publish(first.url, { ...english('Before the kill'), level: 'routine' })
  expect(await podman.run('exec', 'serving', 'node', '-p', 'process.getuid()')).toBe('1000')
  await expect(podman.run('exec', 'serving', 'node', '-e', "fs.writeFileSync('/app/x', '')")).rejects.toThrow('EROFS')
  await podman.run('kill', 'serving')
  const second = await start('serving', { drain: '1' })
  expect(await headlines(second.url)).toEqual(['Before the kill'])
  await second.stop()
  expect(await second.exitCode()).toBe('0')
})

test('its health check is good while it serves, and bad where nobody answers', async ({ skip }) => {
  needsContainers(skip)
  const service = await start('healthy')
  const { Test } = z
    .object({ Test: z.tuple([z.literal('CMD')], z.string()) })
    .parse(JSON.parse(await podman.run('image', 'inspect', 'tocsin', '--format', '{{json .HealthCheck}}')))
  const [, ...check] = Test
  await podman.run('exec', 'healthy', ...check)
  await expect(podman.run('exec', '--env=PORT=1', 'healthy', ...check)).rejects.toThrow()
  await service.stop()
})

test('the command line in it publishes', async ({ skip }) => {
  needsContainers(skip)
  const service = await start('commands')
  const tocsinIn = (...args: readonly string[]) =>
    podman.run('exec', `--env=TOCSIN_KEY=${adminKey}`, `--env=TOCSIN_URL=${service.url}`, 'commands', 'tocsin', ...args)
  await tocsinIn('publish', '--level', 'routine', '--lang', 'en', '--headline', 'From the command line')
  expect(await headlines(service.url)).toContain('From the command line')
  await service.stop()
})

test('it runs with the system calls that the systemd unit allows, and no others', async ({ skip }) => {
  needsContainers(skip)
  needsInstalled('systemd-analyze', skip)
  const file = join(scratchFolder(clean), 'seccomp.json')
  const names = allowedCalls()
  expect(names).toContain('io_uring_enter')
  expect(names).not.toContain('chown')
  writeFileSync(
    file,
    JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }] }),
  )
  const service = await start('restricted', { more: [`--security-opt=seccomp=${file}`, '--env=PROCESSES=2'] })
  await publish(service.url, { ...english('With few system calls'), level: 'routine' })
  expect(await headlines(service.url)).toContain('With few system calls')
  await service.stop()
  expect(await service.exitCode()).toBe('0')
})

/** The system calls of the unit's SystemCallFilter lines: groups of systemd's, where ~ takes away (systemd.exec(5)). */
function allowedCalls(): readonly string[] {
  const args = ['syscall-filter', '--no-pager']
  const told = execFileSync(pathOf('systemd-analyze'), args, { encoding: 'utf8', stdio: 'pipe' })
  // Each group begins with its name; what is in it, be it another group, is indented.
  const groups = new Map(
    told.split(/^(?=@)/m).map((text) => {
      const [name = '', ...lines] = text.split('\n')
      return [name, lines.map((line) => line.trim()).filter((line) => /^[@\w]/.test(line))]
    }),
  )
  const callsOf = (name: string): string[] =>
    name.startsWith('@') ? (groups.get(name) ?? []).flatMap(callsOf) : [name]
  const allowed = new Set<string>()
  for (const [, taken, list = ''] of shippedFile('tocsin.service').matchAll(/^SystemCallFilter=(~?)(.*)$/gm))
    for (const call of list.split(' ').flatMap(callsOf))
      if (taken === '') allowed.add(call)
      else allowed.delete(call)
  return [...allowed]
}
