import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stopGraceMs } from '../../src/node/cluster/primary.ts'
import { readConfig } from '../../src/node/config.ts'
import { misspelt } from '../../src/node/settings/misspelt-settings.ts'
import { needsInstalled, pathOf } from '../interop/installed.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { shippedFile } from './shipped-proxy.ts'

const clean = cleaning()
const unit = shippedFile('tocsin.service')
/** A template: one unit for each node of several on one machine. */
const template = shippedFile('tocsin@.service')
/** Lines of one setting. */
const values = (name: string, text = unit) =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
const units = [
  ['tocsin.service', unit],
  ['tocsin@3001.service', template],
] as const

/** From 0 to 10, how much a unit may do that it need not (systemd-analyze(1)); a unit without hardening has 9.6. */
const exposureMax = 1.5

/** Runs systemd-analyze on a unit, with the program where it is here. */
function analyze(name: string, text: string, ...args: string[]) {
  const file = join(scratchFolder(clean), name)
  writeFileSync(file, text.replaceAll('/opt/tocsin/node_modules/node/bin/node', process.execPath))
  const { status, stdout, stderr } = spawnSync(pathOf('systemd-analyze'), [...args, file], { encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

test.for(units)('systemd finds nothing wrong with %s', ([name, text], { skip }) => {
  needsInstalled('systemd-analyze', skip)
  expect(analyze(name, text, 'verify', '--man=no')).toEqual({ status: 0, said: '' })
})

test.for(units)('systemd finds that %s may do hardly more than it must', ([name, text], { skip }) => {
  needsInstalled('systemd-analyze', skip)
  const threshold = `--threshold=${exposureMax * 10}`
  expect(analyze(name, text, 'security', '--offline=yes', '--no-pager', threshold)).toMatchObject({ status: 0 })
})

test('it starts programs that the installation and the build make, and that npm start starts as well', () => {
  const [node = '', ...given] = values('ExecStart')[0]?.split(' ') ?? []
  const program = given.at(-1) ?? ''
  for (const path of [node, program]) expect(existsSync(path.replace('/opt/tocsin/', ''))).toBe(true)
  expect(shippedFile('../package.json')).toContain(program.replace('/opt/tocsin/', ''))
})

test.each(['../package.json', 'Dockerfile', '../src/cli/commands/serve.ts'])(
  'it gives Node the flags and the arenas of malloc that %s gives it',
  (file) => {
    const flags = values('ExecStart')[0]?.match(/--[\w-]+=\d+/g) ?? []
    expect(flags).not.toEqual([])
    for (const flag of flags) expect(shippedFile(file)).toContain(flag)
    const arenas = /MALLOC_ARENA_MAX=(\d)/.exec(values('Environment').join(' '))?.[1]
    expect(/MALLOC_ARENA_MAX(?:=|: ')(\d)/.exec(shippedFile(file))?.[1]).toBe(arenas)
  },
)

test('the template differs from the unit in what one of several nodes on a machine has for itself, and in nothing else', () => {
  const lines = (text: string) => text.split('\n').filter((line) => !line.startsWith('#'))
  const [ofUnit, ofTemplate] = [lines(unit), lines(template)]
  expect(ofTemplate).toHaveLength(ofUnit.length)
  const different = ofTemplate.filter((line, at) => line !== ofUnit[at])
  expect(different.map((line) => line.replaceAll('%i', '3001'))).toEqual([
    'Description=Tocsin, a breaking-news alert service, at port 3001',
    'WorkingDirectory=/var/lib/tocsin/3001',
    'Environment=PORT=3001 DATA_DIR=/var/lib/tocsin/3001 MALLOC_ARENA_MAX=2',
    'StateDirectory=tocsin/3001',
  ])
})

test('both start after a PostgreSQL of the same machine, and do not need one', () => {
  for (const [, text] of units) {
    expect(values('After', text)).toEqual(['network-online.target postgresql.service'])
    expect([values('Requires', text), values('Wants', text)]).toEqual([[], ['network-online.target']])
  }
})

test('its settings are such as the service knows, with the data where the unit lets it write', () => {
  const settings = Object.fromEntries(
    values('Environment').flatMap((line) => line.split(' ').map((pair) => pair.split('=') as [string, string])),
  )
  expect(misspelt(settings)).toEqual([])
  expect(readConfig(settings).dataDir).toBe(`/var/lib/${values('StateDirectory')[0]}`)
  expect(values('WorkingDirectory')).toEqual([settings.DATA_DIR])
})

test('it is killed only when several processes would be, with the usual time for goodbyes', () => {
  const seconds = readConfig({}).drainSeconds + stopGraceMs / 1_000
  expect(Number(values('TimeoutStopSec')[0])).toBeGreaterThan(seconds)
})

test('a start that wrong settings have ended is not tried again', () => {
  expect(values('RestartPreventExitStatus')).toEqual(['2'])
})
