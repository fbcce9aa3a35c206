import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { needsInstalled, pathOf } from '../../../interop/installed.ts'
import { exportCommand, exportedPaths, startExport } from '../../../support/export/export-command.ts'
import { fileWithoutRules } from '../../../support/newsroom/newsroom-without-rules.ts'
import { english, publish, startNode } from '../../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

const clean = cleaning()
/** How long after the first byte the program is killed, in milliseconds: while it writes, and while it replaces. */
const killsMs = [0, 4, 9, 15, 25, 40, 70, 110]

test('killed at any moment, what is there is whole and each signature is of its file', { timeout: 120_000 }, async ({
  skip,
}) => {
  needsInstalled('minisign', skip)
  const dataDir = join(scratchFolder(clean), 'data')
  const folder = join(scratchFolder(clean), 'mirror')
  const service = await startNode(dataDir)
  clean(() => service.end('SIGTERM'))
  const args = [folder, '--data', dataDir, '--newsroom', fileWithoutRules()]
  const key = /-P (\S{56})/.exec((await exportCommand(args)).out)?.[1] ?? ''
  const drafts = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.unfinished'))
  for (const [nth, killMs] of killsMs.entries()) {
    await publish(service.url, english(`Alert ${nth}`))
    const child = startExport(args)
    const ended = once(child, 'exit')
    while (drafts().length === 0 && child.exitCode === null) await sleep(1)
    await sleep(killMs)
    if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL')
    await ended
    const signed = exportedPaths(folder).filter((path) => existsSync(join(folder, `${path}.minisig`)))
    expect(signed.length).toBeGreaterThan(50)
    for (const path of signed) {
      const { status } = spawnSync(pathOf('minisign'), ['-V', '-q', '-P', key, '-m', join(folder, path)])
      expect([killMs, path, status]).toEqual([killMs, path, 0])
    }
  }
  expect((await exportCommand(args)).code).toBe(0)
  expect([drafts(), exportedPaths(folder).length]).toEqual([[], 57])
  expect(readFileSync(join(folder, 'en/index.html'), 'utf8')).toContain(`Alert ${killsMs.length - 1}`)
})
