import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stopGraceMs } from '../../src/node/cluster/primary.ts'
import { readConfig } from '../../src/node/config.ts'
import { misspelt } from '../../src/node/settings/misspelt-settings.ts'
import { needsInstalled, pathOf } from '../interop/installed.ts'
import { composed, dockerfileEnvironment } from './composed.ts'
import { shippedFile } from './shipped-proxy.ts'

const given = { TOCSIN_HOST: 'alerts.example', VAPID_SUBJECT: 'mailto:desk@news.example' }
const { tocsin, proxy } = composed(given).services
const secondsOf = (time: string | undefined) => Number(/^(\d+)s$/.exec(time ?? '')?.[1])
/** How long Docker waits after SIGTERM unless told otherwise (docker stop). */
const dockerStopSeconds = 10

/** Reads the file as docker-compose does. */
function compose(env: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync(pathOf('docker-compose'), ['-f', 'deploy/compose.yaml', 'config'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  })
  return { status, stdout, stderr }
}

test('docker-compose takes the file, and names each variable that is wanted and not given', ({ skip }) => {
  needsInstalled('docker-compose', skip)
  expect(compose(given)).toMatchObject({ status: 0, stdout: expect.stringContaining('https://alerts.example') })
  for (const name of ['TOCSIN_HOST', 'VAPID_SUBJECT'] as const) {
    const { [name]: _, ...others } = given
    expect(compose(others)).toMatchObject({ status: 1, stderr: expect.stringContaining(name) })
  }
})

test('the settings of the image and of the service in compose.yaml are such as the service knows', () => {
  const environment = { ...dockerfileEnvironment(), ...tocsin.environment }
  expect(misspelt(environment)).toEqual([])
  expect(readConfig(environment)).toMatchObject({
    host: '0.0.0.0',
    publicUrl: 'https://alerts.example',
    trustProxy: true,
    dataDir: '/data',
  })
})

test('what the image is made of is there, and is sent to the build', () => {
  const sources = [...shippedFile('Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, list = '']) =>
    list.split(' '),
  )
  expect(sources).toContain('src')
  const ignore = shippedFile('../.dockerignore').split('\n')
  expect(ignore).toContain('*')
  const isSent = (path: string) => ignore.some((line) => line === `!${path}` || path.startsWith(`${line.slice(1)}/`))
  expect(sources.filter((path) => !existsSync(path) || !isSent(path))).toEqual([])
})

test('the data and the certificates are on volumes, and all else of both is read-only', () => {
  expect(tocsin.volumes).toEqual(['data:/data'])
  expect(proxy.volumes).toContain('certificates:/data')
  for (const { read_only, cap_drop, security_opt } of [tocsin, proxy])
    expect([read_only, cap_drop, security_opt]).toEqual([true, ['ALL'], ['no-new-privileges:true']])
  for (const { mem_limit, pids_limit } of [tocsin, proxy])
    expect([mem_limit, pids_limit]).toEqual([expect.stringMatching(/^\d+g$/), expect.any(Number)])
})

test('the proxy has the Caddyfile, with all that it wants set, and leads to the port of the service', ({ skip }) => {
  const [mounted = ''] = proxy.volumes ?? []
  const [file = '', place] = mounted.split(':')
  expect([existsSync(join('deploy', file)), place]).toEqual([true, '/etc/caddy/Caddyfile'])
  const wanted = [...shippedFile('Caddyfile').matchAll(/\{\$(\w+)/g)].map(([, name]) => name)
  expect(new Set(wanted)).toEqual(new Set(Object.keys(proxy.environment ?? {})))
  const { PORT } = dockerfileEnvironment()
  expect(tocsin.expose).toEqual([PORT])
  expect(shippedFile('Dockerfile')).toContain(`\nEXPOSE ${PORT}\n`)
  needsInstalled('caddy', skip)
  const adapted = execFileSync(pathOf('caddy'), ['adapt', '--adapter', 'caddyfile', '--config', 'deploy/Caddyfile'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...proxy.environment },
  })
  expect(adapted).toContain(`"dial":"tocsin:${PORT}"`)
  expect(adapted).toContain('"host":["alerts.example"]')
})

test('the service is given the time that its goodbyes take, with the file and with the image alone', () => {
  const seconds = (drain: string | undefined) => Number(drain) + stopGraceMs / 1_000
  expect(secondsOf(tocsin.stop_grace_period)).toBeGreaterThan(seconds(tocsin.environment?.DRAIN_SECONDS))
  expect(Number(dockerfileEnvironment().DRAIN_SECONDS)).toBeLessThan(dockerStopSeconds)
})
