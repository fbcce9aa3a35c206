import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { lockDataFolder } from '../../../src/node/storage/data-lock.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const everyMs = 5

async function held() {
  const folder = join(scratchFolder(clean), 'data')
  mkdirSync(folder)
  const lock = await lockDataFolder(folder)
  clean(() => lock.release())
  const lost: string[] = []
  const reported: string[] = []
  lock.keep(
    (line) => void lost.push(line),
    (error) => void reported.push(String(error)),
    everyMs,
  )
  return { folder, lost, reported }
}

/** Somebody else's lock on the same file, or none. */
function othersLock(folder: string): DatabaseSync | null {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    database.exec('begin exclusive')
    return database
  } catch {
    database.close()
    return null
  }
}

test.each<[string, (folder: string) => void, (folder: string) => void]>([
  [
    'a folder whose name leads in a circle',
    (folder) => {
      renameSync(folder, `${folder}-away`)
      symlinkSync(folder, folder)
    },
    (folder) => {
      rmSync(folder)
      renameSync(`${folder}-away`, folder)
    },
  ],
  [
    'a lock whose name leads in a circle',
    (folder) => {
      renameSync(join(folder, 'lock'), join(folder, 'away'))
      symlinkSync('lock', join(folder, 'lock'))
    },
    (folder) => {
      rmSync(join(folder, 'lock'))
      renameSync(join(folder, 'away'), join(folder, 'lock'))
    },
  ],
  [
    'a lock that is a folder',
    (folder) => {
      renameSync(join(folder, 'lock'), join(folder, 'away'))
      mkdirSync(join(folder, 'lock'))
    },
    (folder) => {
      rmSync(join(folder, 'lock'), { recursive: true })
      renameSync(join(folder, 'away'), join(folder, 'lock'))
    },
  ],
])('%s is told of once and ends nobody; a second time it is told again', async (_, harm, mend) => {
  const { folder, lost, reported } = await held()
  for (const times of [1, 2]) {
    harm(folder)
    await expect.poll(() => reported.length, { interval: everyMs }).toBe(times)
    // It is looked at again, and not told again: not before it was well in between.
    await new Promise((resolve) => setTimeout(resolve, 6 * everyMs))
    expect(reported).toHaveLength(times)
    mend(folder)
    await new Promise((resolve) => setTimeout(resolve, 10 * everyMs))
  }
  expect(lost).toEqual([])
  expect(othersLock(folder)).toBeNull()
})

test('a lock that was removed is taken again; by another before us, that is lost', async () => {
  const { folder, lost, reported } = await held()
  rmSync(join(folder, 'lock'))
  await expect
    .poll(() => {
      const other = othersLock(folder)
      other?.close()
      return other
    })
    .toBeNull()
  expect([lost, reported]).toEqual([[], []])
  writeFileSync(join(folder, 'lock-other'), '')
  const other = new DatabaseSync(join(folder, 'lock-other'))
  clean(() => other.close())
  other.exec('begin exclusive')
  renameSync(join(folder, 'lock-other'), join(folder, 'lock'))
  await expect.poll(() => lost[0]).toContain('in use by another service')
  expect(reported).toEqual([])
})
