import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { alarmKinds } from '../../src/push/outbox/alarms.ts'
import { onNode, onTwoProcesses } from '../interop/harness.ts'
import { needsInstalled, pathOf } from '../interop/installed.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { shippedFile } from './shipped-proxy.ts'

const clean = cleaning(afterAll)
/** What the service says of itself, alone and as two processes. */
const metrics: string[] = []

beforeAll(async () => {
  for (const start of [onNode, onTwoProcesses]) {
    const service = await start(scratchFolder(clean))
    clean(service.kill)
    metrics.push(await (await fetch(`${service.url}/metrics`)).text())
  }
})

const dashboard = z
  .object({
    panels: z.array(
      z.object({
        id: z.int(),
        title: z.string().min(1),
        gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
        targets: z.array(z.object({ refId: z.string(), expr: z.string().min(1) })).min(1),
      }),
    ),
  })
  .parse(JSON.parse(shippedFile('grafana.json')))

test.each(['alerts.yml', 'grafana.json'])('each metric that %s names is one of a running service', (file) => {
  const named = [...shippedFile(file).matchAll(/\b(tocsin|nodejs|process)_\w+/g)].map(([name]) => name)
  expect(named.length).toBeGreaterThan(8)
  for (const text of metrics)
    for (const name of named) expect(text).toMatch(new RegExp(`^# TYPE ${name.replace(/_bucket$/, '')} `, 'm'))
})

test('the dashboard shows every metric of ours once at least', () => {
  const told = metrics.flatMap((text) => [...text.matchAll(/^# TYPE (tocsin_\w+) /gm)].map(([, name = '']) => name))
  expect(told.length).toBeGreaterThan(20)
  // How many answered is for the alert rules of those who know how many there should be.
  const shown = shippedFile('grafana.json')
  expect(told.filter((name) => name !== 'tocsin_processes' && !shown.includes(name))).toEqual([])
})

test('the panels of the dashboard do not overlap', () => {
  const { panels } = dashboard
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
})

test('each kind of alarm has a rule, and each rule words for whom it wakes', () => {
  const rules = shippedFile('alerts.yml')
    .split('- alert: ')
    .slice(1)
    .map((text) => ({ kind: /tocsin_alarms\{kind="(\w+)"\} > 0/.exec(text)?.[1], text }))
  expect(new Set(rules.flatMap(({ kind }) => kind ?? []))).toEqual(new Set(alarmKinds))
  for (const { text } of rules) {
    expect(text).toMatch(/severity: (page|ticket) /)
    expect(text).toMatch(/summary: \S.{30,}/)
  }
})

const promtool = (...args: string[]) => execFileSync(pathOf('promtool'), args, { encoding: 'utf8', stdio: 'pipe' })

test('Prometheus takes the rules, and they fire when they should', ({ skip }) => {
  needsInstalled('promtool', skip)
  expect(promtool('check', 'rules', 'deploy/alerts.yml')).toContain('SUCCESS')
  expect(promtool('test', 'rules', 'deploy/alerts.test.yml')).toContain('SUCCESS')
})

test('Prometheus takes every query of the dashboard', ({ skip }) => {
  needsInstalled('promtool', skip)
  const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$job', '.*')))
  const check = (name: string, exprs: readonly string[]) => {
    const file = join(scratchFolder(clean), name)
    const rules = exprs.map((expr, at) => ({ record: `query:${at}`, expr }))
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }))
    return promtool('check', 'rules', file)
  }
  expect(check('queries.yml', queries)).toContain(`SUCCESS: ${queries.length} rules found`)
  expect(() => check('broken.yml', [`${queries[0]})`])).toThrow(/could not parse expression/)
})
