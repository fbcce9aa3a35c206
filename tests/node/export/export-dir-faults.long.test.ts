import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { exportCommand } from '../../support/export/export-command.ts'
import { metric, patience, shows, startExporting } from '../../support/export/export-service.ts'
import { tocsin } from '../../support/processes/cli.ts'
import { adminKey, english, publish } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const started = (exportDir: string, env?: Readonly<Record<string, string>>) => startExporting(clean, exportDir, env)

test('of two processes one keeps the folder up to date, whichever of them is posted to', {
  timeout: 120_000,
}, async () => {
  const folder = join(scratchFolder(clean), 'mirror')
  const service = await started(folder, { PROCESSES: '2' })
  for (let nth = 1; nth <= 4; nth += 1) {
    await publish(service.url, english(`Alert ${nth}`))
    await shows(folder, new RegExp(`Alert ${nth}`))
  }
  await vi.waitFor(
    async () => expect(Number(await metric(service, 'tocsin_exports_total{outcome="done"}'))).toBeGreaterThan(3),
    patience,
  )
  expect(service.error()).toBe('')
})

test('where the folder cannot be written, alerts are sent all the same; it is told once, counted, and mended when it can', {
  timeout: 120_000,
}, async () => {
  const folder = join(scratchFolder(clean), 'mirror')
  const service = await started(folder)
  await vi.waitFor(
    async () => expect(await metric(service, 'tocsin_exports_total{outcome="done"}')).toBe('1'),
    patience,
  )
  renameSync(folder, `${folder}-away`)
  writeFileSync(folder, 'a file')
  await publish(service.url, english('Five dead'))
  await vi.waitFor(async () => expect(await metric(service, 'tocsin_export_ok')).toBe('0'), patience)
  const failed = async () => Number(await metric(service, 'tocsin_exports_total{outcome="failed"}'))
  await vi.waitFor(async () => expect(await failed()).toBeGreaterThan(1), patience)
  const doctor = async () => (await tocsin(['doctor'], { env: { TOCSIN_URL: service.url, TOCSIN_KEY: adminKey } })).out
  await vi.waitFor(
    async () => expect(await doctor()).toMatch(/FAIL {2}The export in .* is a file.*\(export, /),
    patience,
  )
  const lines = service.error().trim().split('\n')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 50,
    msg: expect.stringMatching(/could not be written: .* is a file.* tried again/),
  })
  await publish(service.url, english('Six dead'))
  rmSync(folder)
  renameSync(`${folder}-away`, folder)
  await shows(folder, /Six dead[\s\S]*Five dead/)
  await vi.waitFor(async () => expect(await metric(service, 'tocsin_export_ok')).toBe('1'), patience)
  expect(service.error()).toMatch(/up to date again/)
  expect(await doctor()).not.toMatch(/The export in/)
})

test('where the disk of the folder is not mounted any more, nothing is written, until it is, or an operator exports', {
  timeout: 120_000,
}, async () => {
  const dataDir = join(scratchFolder(clean), 'data')
  for (const name of ['', 'mirror']) {
    // A disk that is not mounted: its mount point is an empty folder.
    const mountPoint = join(scratchFolder(clean), 'disk')
    mkdirSync(mountPoint)
    const folder = join(mountPoint, name)
    const service = await started(folder, { DATA_DIR: `${dataDir}${name}` })
    const done = async () => Number(await metric(service, 'tocsin_exports_total{outcome="done"}'))
    await vi.waitFor(async () => expect(await done()).toBeGreaterThan(0), patience)
    renameSync(mountPoint, `${mountPoint}-away`)
    mkdirSync(mountPoint)
    await publish(service.url, english('Five dead'))
    await vi.waitFor(async () => expect(await metric(service, 'tocsin_export_ok')).toBe('0'), patience)
    expect(service.error()).toMatch(/which this service has written, is gone\. Is the disk not mounted\?/)
    expect(readdirSync(mountPoint)).toEqual([])
    rmSync(mountPoint, { recursive: true })
    renameSync(`${mountPoint}-away`, mountPoint)
    await shows(folder, /Five dead/)
    await vi.waitFor(async () => expect(await metric(service, 'tocsin_export_ok')).toBe('1'), patience)
    for (const each of readdirSync(folder)) rmSync(join(folder, each), { recursive: true })
    await publish(service.url, english('Six dead'))
    await vi.waitFor(async () => expect(await metric(service, 'tocsin_export_ok')).toBe('0'), patience)
    expect(existsSync(join(folder, 'index.html'))).toBe(false)
    expect((await exportCommand([folder, '--data', `${dataDir}${name}`])).code).toBe(0)
    await vi.waitFor(async () => expect(await metric(service, 'tocsin_export_ok')).toBe('1'), patience)
  }
})
