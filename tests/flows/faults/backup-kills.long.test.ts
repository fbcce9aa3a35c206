import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { restore } from '../../../src/node/backup/restore.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { runs } from '../../support/effort.ts'
import { english, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { openedStores } from '../../support/storage/opened-stores.ts'

const clean = cleaning()
const program = fileURLToPath(new URL('../../../src/node/backup/main.ts', import.meta.url))
const kills = runs(12)

/** Runs the program, and kills it after a time; gives how long it ran if it ended sooner. */
async function killedAfter(task: object, ms: number): Promise<number | null> {
  const beganMs = performance.now()
  const child = spawn(process.execPath, [program, JSON.stringify(task)], { stdio: 'ignore' })
  clean(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  await Promise.race([ended, sleep(ms)])
  child.kill('SIGKILL')
  await ended
  return child.signalCode === null ? performance.now() - beganMs : null
}

test(`killed at ${kills} moments each, a backup is whole or not there, and so is a restored folder`, async () => {
  const dataDir = join(scratchFolder(clean), 'data')
  await (await startNode(dataDir)).end('SIGTERM')
  const sql = openSqlite(join(dataDir, 'tocsin.db'))
  sql.run('create table filler (room blob) strict')
  for (let at = 0; at < 40; at += 1) sql.run('insert into filler values (randomblob(2000000))')
  sql.close()
  const running = await startNode(dataDir)
  clean(() => running.end('SIGKILL'))
  const parent = scratchFolder(clean)
  const whole = join(parent, 'whole')
  const backupMs = (await killedAfter({ act: 'backup', folder: whole, dataDir }, 600_000)) ?? 0
  const restoreMs = (await killedAfter({ act: 'restore', folder: whole, dataDir: join(parent, 'first') }, 600_000)) ?? 0
  const { signal } = new AbortController()
  const found = { noBackup: 0, noRestore: 0 }
  for (let nth = 0; nth < kills; nth += 1) {
    const folder = join(parent, `backup-${nth}`)
    await publish(running.url, english(`Alert ${nth}`))
    await killedAfter({ act: 'backup', folder, dataDir }, backupMs * Math.random())
    const to = join(parent, `data-${nth}`)
    if (existsSync(folder)) expect((await restore({ folder, dataDir: to, now: Date.now, signal })).head).toBe(nth + 1)
    else found.noBackup += 1
    rmSync(to, { recursive: true, force: true })

    await killedAfter({ act: 'restore', folder: whole, dataDir: to }, restoreMs * Math.random())
    const isWhole = existsSync(join(to, 'tocsin.db')) && !existsSync(join(to, 'restore-unfinished'))
    if (!isWhole) {
      found.noRestore += 1
      await restore({ folder: whole, dataDir: to, now: Date.now, signal })
    }
    const stores = openedStores(clean, to)
    expect([stores.said, (await stores.log.bounds()).head]).toEqual([[], 0])
    stores.close()
    for (const path of [to, folder]) rmSync(path, { recursive: true, force: true })
  }
  expect([found.noBackup > 0, found.noRestore > 0, running.error()]).toEqual([true, true, ''])
})
