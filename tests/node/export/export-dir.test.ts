import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readSettings } from '../../../src/node/newsroom-file.ts'
import type { ConfigMistakes } from '../../../src/node/start-errors.ts'
import { exportedPaths } from '../../support/export/export-command.ts'
import { metric, patience, shows, startExporting } from '../../support/export/export-service.ts'
import { english, publish, revise } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const started = (exportDir: string, env?: Readonly<Record<string, string>>) => startExporting(clean, exportDir, env)

test('EXPORT_DIR follows what is published, corrected and retracted, and the log tells its operator nothing of it', async () => {
  const folder = join(scratchFolder(clean), 'mirror')
  const service = await started(folder)
  await shows(folder, /Nothing here yet/)
  expect(exportedPaths(folder)).toHaveLength(9)
  const { alert } = await publish(service.url, english('Five dead'))
  await shows(folder, /Five dead/)
  const mirrored = () => JSON.parse(readFileSync(join(folder, 'bundles/en.json'), 'utf8')).entries.length
  await vi.waitFor(() => expect(mirrored()).toBe(1), patience)
  await revise(service.url, alert.id, 'correction', { ...english('Four dead'), note: { en: 'It was four.' } })
  await shows(folder, /Four dead[\s\S]*It was four\./)
  await revise(service.url, alert.id, 'retraction', { note: { en: 'Not so.' } })
  await shows(folder, /<s>Four dead<\/s>/)
  await vi.waitFor(() => expect(mirrored()).toBe(3), patience)
  // The service's own umask is 077; a web server is another user.
  expect((statSync(join(folder, 'en/index.html')).mode & 0o777).toString(8)).toBe('644')
  expect(await metric(service, 'tocsin_export_ok')).toBe('1')
  expect(await metric(service, 'tocsin_exports_total{outcome="failed"}')).toBe('0')
  expect(service.error()).toBe('')
  expect(await service.end('SIGTERM')).toBe(0)
  expect(readdirSync(folder).filter((name) => name.endsWith('.unfinished'))).toEqual([])
})

test('a value that can be no folder of an export is refused at the start, among the other mistakes', async () => {
  const parent = scratchFolder(clean)
  const site = join(parent, 'site')
  mkdirSync(site)
  writeFileSync(join(site, 'index.html'), 'mine')
  const dataDir = join(parent, 'data')
  const refused: readonly (readonly [string, RegExp])[] = [
    ['~/mirror', /EXPORT_DIR: the ~ is not filled in here/],
    [join(site, 'index.html'), /EXPORT_DIR: .*is a file/],
    [join(dataDir, 'mirror'), /EXPORT_DIR: .*lies within the data folder/],
    [parent, /EXPORT_DIR: .*the data folder/],
  ]
  for (const [value, wanted] of refused) {
    const refusal = await readSettings({ DATA_DIR: dataDir, EXPORT_DIR: value }).catch((error: unknown) => error)
    const { mistakes = [] } = refusal as Partial<ConfigMistakes>
    expect([value, mistakes]).toEqual([value, [expect.stringMatching(wanted)]])
  }
  expect(readFileSync(join(site, 'index.html'), 'utf8')).toBe('mine')
})
