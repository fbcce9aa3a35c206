import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import { SqliteLog } from '../../src/store/sqlite/sqlite-log.ts'
import { chanceOf } from '../checker/chance.ts'
import { Victim } from '../checker/faults.ts'
import type { Log } from '../checker/judge.ts'
import type { WildListener } from '../checker/listener.ts'
import type { Publisher } from '../checker/publisher.ts'
import { perform, type Stage, setStage, verdictOf } from '../checker/stage.ts'
import { runs } from '../support/effort.ts'
import { newsroom } from '../support/samples.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

// In the manner of Jepsen: publishers note what was acknowledged, listeners what came; then the service is treated
// badly, and all notes are held against the log that it leaves behind.

const clean = cleaning()
/** More in the long run. */
const wildCount = Math.min(300, runs(80))
const bigPostsMax = 1_500

/** Twenty languages to the brim: half a hundred kilobytes, so that a reader who does not read is soon full. */
function bigDraft(): object {
  const text = { headline: 'ы'.repeat(200), summary: 'щ'.repeat(900) }
  const texts = Object.fromEntries(newsroom.languages.slice(0, 20).map(({ tag }) => [tag, text]))
  return { level: 'flash', texts }
}

/** One reader stops reading until the service has noticed, and reads on. */
async function dam(victim: Victim, reader: WildListener, editor: Publisher, count: (name: string) => void) {
  await expect.poll(() => reader.isConnected).toBe(true)
  for (let posts = 0; !((await victim.full()) > 0); posts += 10) {
    expect(posts).toBeLessThan(bigPostsMax)
    // Each time: on a busy machine it may be cut as silent before it is full, and come back.
    reader.stopReading()
    await Promise.all(Array.from({ length: 10 }, () => editor.post('/v1/alerts', bigDraft())))
  }
  count('a reader was full')
  reader.readOn()
}

async function logOf(folder: string): Promise<Log> {
  const sql = openSqlite(join(folder, 'tocsin.db'))
  const log = new SqliteLog(sql, '')
  const { epoch } = await log.bounds()
  const entries = await log.after(0, 1_000_000)
  sql.close()
  return { epoch, entries, newsroom }
}

const faultsWanted = [
  'a child killed between commit and fan-out',
  'a child killed',
  'a child stopped and continued',
  'a child hung and replaced',
  'the service killed',
  'the service drained',
  'a reader was full',
  'goodbye',
  'vanished',
  'dawdled',
  'honest cursor replayed',
  'old cursor replayed',
  'future cursor reset: cursor-ahead',
  'foreign cursor reset: log-changed',
  'malformed cursor refused',
]

/** Every fault, while everyone goes on. */
async function treatBadly(victim: Victim, { dammed, chief }: Stage, count: (name: string) => void): Promise<void> {
  await sleep(1_000)
  await victim.crashBetween()
  await victim.pauseChild(1_200)
  await dam(victim, dammed, chief, count)
  await victim.crashBetween()
  await victim.killAll()
  await sleep(500)
  await victim.killChild()
  await victim.hangChild()
  await victim.crashBetween()
  await victim.pauseChild(800)
  await victim.drain()
  await sleep(1_000)
}

test('whatever is done to it, every acknowledged alert reaches everyone who asked for it, once, in order and unchanged', async () => {
  const seed = Number(process.env.CHECKER_SEED ?? Date.now() % 1_000_000)
  const chance = chanceOf(seed)
  const counts = new Map<string, number>()
  const count = (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1)
  const folder = scratchFolder(clean)
  const victim = await Victim.start(folder, chance, count)
  clean(() => victim.end('SIGKILL'))

  const { url } = victim
  const stage = setStage({ chooseUrl: () => url, clientUrl: url, wildCount, chance, count })
  for (const { close } of stage.clients) clean(close)
  await perform(stage, () => treatBadly(victim, stage, count))
  expect(await victim.end('SIGTERM')).toBe(0)

  const { violations, ...sums } = verdictOf(stage, await logOf(folder))
  const account = { ...sums, ...Object.fromEntries([...counts].sort()) }
  // CHECKER_SEED=… draws the same again.
  expect({ seed, account, violations: violations.slice(0, 20) }).toEqual({ seed, account, violations: [] })
  for (const fault of faultsWanted) expect([fault, counts.get(fault) ?? 0]).not.toEqual([fault, 0])
  expect(sums.entries).toBeGreaterThan(100)
  expect(sums.retries).toBeGreaterThan(0)
})
