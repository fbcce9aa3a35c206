import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { needsInstalled, pathOf } from '../../interop/installed.ts'
import { exportCommand, exportedPaths, smallNewsroom } from '../../support/export/export-command.ts'
import { startNodes } from '../../support/processes/postgres-nodes.ts'
import { english, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const patience = { timeout: 30_000, interval: 50 }

test('of two nodes on one PostgreSQL each keeps its own folder, whichever is posted to; the command exports the same', {
  timeout: 180_000,
}, async ({ skip }) => {
  needsInstalled('minisign', skip)
  const parent = scratchFolder(clean)
  const newsroom = smallNewsroom(clean)
  const folders = [join(parent, 'one'), join(parent, 'two')]
  let started = 0
  const start: typeof startNode = (dataDir, env, ...more) => {
    started += 1
    return startNode(dataDir, { ...env, NEWSROOM: newsroom, EXPORT_DIR: folders[started - 1] ?? '' }, ...more)
  }
  const { nodes, databaseUrl, dataDir } = await startNodes(clean, 2, {}, start)
  for (const [nth, node] of nodes.entries()) {
    await publish(node.url, english(`Alert ${nth}`))
    for (const folder of folders)
      await vi.waitFor(
        () => expect(readFileSync(join(folder, 'en/index.html'), 'utf8')).toContain(`Alert ${nth}`),
        patience,
      )
  }
  const mirror = join(parent, 'mirror')
  const { code, out, err } = await exportCommand([mirror, '--data', dataDir, '--newsroom', newsroom], {
    DATABASE_URL: databaseUrl,
  })
  expect([code, err]).toEqual([0, ''])
  const key = /-P (\S{56})/.exec(out)?.[1] ?? ''
  for (const folder of [...folders, mirror]) {
    expect(exportedPaths(folder)).toHaveLength(9)
    for (const path of exportedPaths(folder)) {
      const verify = () => spawnSync(pathOf('minisign'), ['-V', '-q', '-P', key, '-m', join(folder, path)]).status
      // A run may be replacing it.
      await vi.waitFor(() => expect([folder, path, verify()]).toEqual([folder, path, 0]), patience)
    }
  }
  expect(nodes.map((node) => node.error())).toEqual(['', ''])
})

test('a database that cannot be reached is a sentence without its password', { timeout: 60_000 }, async () => {
  const folder = join(scratchFolder(clean), 'mirror')
  const { code, err } = await exportCommand([folder, '--newsroom', smallNewsroom(clean)], {
    DATABASE_URL: 'postgres://tocsin:hunter2@127.0.0.1:9/tocsin',
  })
  expect([code, err]).toEqual([1, expect.stringMatching(/^No PostgreSQL can be reached at 127\.0\.0\.1:9 .*\n$/)])
  expect(err).not.toContain('hunter2')
})
