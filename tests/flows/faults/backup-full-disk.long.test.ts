import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { restore } from '../../../src/node/backup/restore.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { english, publish, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const program = fileURLToPath(new URL('../../../src/node/backup/main.ts', import.meta.url))
const megabyte = 1_000_000
const databaseMegabytes = 80
const spareMegabytes = 16
const mayMount = (() => {
  const path = '/tmp/tocsin-may-mount-backup'
  mkdirSync(path, { recursive: true })
  const may = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]).status === 0
  if (may) execFileSync('umount', [path])
  rmSync(path, { recursive: true })
  return may
})()

/** A service with a large database and some alerts. */
async function largeService() {
  const dataDir = join(scratchFolder(clean), 'data')
  await (await startNode(dataDir)).end('SIGTERM')
  const sql = openSqlite(join(dataDir, 'tocsin.db'))
  sql.run('create table filler (room blob) strict')
  for (let at = 0; at < databaseMegabytes; at += 1) sql.run(`insert into filler values (randomblob(${megabyte}))`)
  sql.close()
  const service = await startNode(dataDir)
  clean(() => service.end('SIGKILL'))
  for (const headline of ['One', 'Two', 'Three']) await publish(service.url, english(headline))
  return { dataDir, service }
}

/** A disk on which one copy of the database fits, with some megabytes to spare. */
function tightDisk(): string {
  const path = scratchFolder(clean)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${(databaseMegabytes + spareMegabytes) * megabyte}`, 'tmpfs', path])
  clean(() => execFileSync('umount', ['-l', path]))
  return path
}

function begin(task: object, limit = '') {
  const args = ['-c', `${limit} exec "$0" "$1" "$2"`, process.execPath, program, JSON.stringify(task)]
  const child = spawn('bash', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  clean(() => child.kill('SIGKILL'))
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { pid: child.pid ?? 0, ended: ended.then(([[code], out, err]) => ({ code, out, err })) }
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0

test.skipIf(!mayMount)(
  'a disk that fills up in the middle of a backup is one line, and no backup is there',
  async () => {
    const { dataDir, service } = await largeService()
    const disk = tightDisk()
    const folder = join(disk, 'backup')
    const running = begin({ act: 'backup', folder, dataDir })
    const copy = join(disk, `.backup.unfinished-${running.pid}`, 'tocsin.db')
    // Without a pause, so that it is seen before it is whole.
    while (sizeOf(copy) === 0 && existsSync(`/proc/${running.pid}`)) await new Promise(setImmediate)
    // Whatever room is left at that moment.
    expect(() => writeFileSync(join(disk, 'of-others'), Buffer.alloc(2 * databaseMegabytes * megabyte))).toThrow(
      'ENOSPC',
    )
    expect(await running.ended).toEqual({
      code: 1,
      out: '',
      err: `The disk of ${folder} is full. No backup was made, and nothing of it is left. Make room, and run this again.\n`,
    })
    expect(readdirSync(disk)).toEqual(['of-others'])
    // The service does not notice, and with room the same command makes a whole backup.
    await publish(service.url, english('Four'))
    rmSync(join(disk, 'of-others'))
    expect(await begin({ act: 'backup', folder, dataDir }).ended).toMatchObject({ code: 0, err: '' })
    const to = join(scratchFolder(clean), 'restored')
    const { signal } = new AbortController()
    expect((await restore({ folder, dataDir: to, now: Date.now, signal })).head).toBe(4)
  },
)

test.each([1, 40])(
  'a backup whose files may have only %i MiB is one line that names it, and nothing is left',
  async (mebibytes) => {
    const { dataDir } = await largeService()
    const parent = scratchFolder(clean)
    const folder = join(parent, 'backup')
    const { code, out, err } = await begin({ act: 'backup', folder, dataDir }, `ulimit -f ${mebibytes * 1_024};`).ended
    expect([code, out, readdirSync(parent)]).toEqual([1, '', []])
    expect(err).toMatch(
      new RegExp(`^${folder} cannot be written \\(disk I/O error\\)\\. No backup was made.*ulimit -f.*\\n$`),
    )
  },
)
