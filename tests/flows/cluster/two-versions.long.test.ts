import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { PostgresLog, postgresLogSchema } from '../../../src/store/postgres/log/postgres-log.ts'
import { chanceOf } from '../../checker/chance.ts'
import { Publisher } from '../../checker/publisher.ts'
import { perform, setStage, verdictOf } from '../../checker/stage.ts'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { startFront } from '../../support/processes/balancing-front.ts'
import { failedStart } from '../../support/processes/failed-start.ts'
import { nextVersion } from '../../support/processes/next-version.ts'
import { keyFiles, onDatabase } from '../../support/processes/postgres-nodes.ts'
import { english, freePort, type Running, startNode } from '../../support/processes/service.ts'
import { newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// A rolling upgrade: the next version has one step more. A step only adds, or is made in two releases.

const clean = cleaning()
const knownSteps = postgresLogSchema.steps.length
/** What a next release may do beside the present one: columns with defaults, tables, indexes, functions of a new name. */
const nextStep = `alter table tocsin.entries add column reviewed boolean not null default false;
  create table tocsin.reviews (seq bigint primary key, by text not null);
  create index reviewed_entries on tocsin.entries (seq) where reviewed;
  create function tocsin.begin_append_next() returns integer language sql as 'select 1'`
const long = { timeout: 120_000, interval: 50 }
const appendsMin = 30

type Settings = Readonly<Record<string, string>>
type Member = { readonly port: string; readonly folder: string; running: Running }

/** Two nodes of the present version on one database, each on a port and a folder of its own. `settings`: of both. */
async function startMembers(databaseUrl: string, settings: Settings): Promise<readonly [Member, Member]> {
  const folder = scratchFolder(clean)
  const begin = async (nth: number): Promise<Member> => {
    const [port, own] = [await freePort(), join(folder, `node-${nth}`)]
    mkdirSync(own)
    if (nth > 0) for (const name of keyFiles) cpSync(join(folder, 'node-0', name), join(own, name))
    const member = {
      port,
      folder: own,
      running: await startNode(own, { PORT: port, ...onDatabase(databaseUrl), ...settings }),
    }
    clean(() => member.running.end('SIGKILL'))
    return member
  }
  return [await begin(0), await begin(1)]
}

test.each(['1', '2'])(
  'nodes of two versions, each of %s processes, serve side by side during a rolling upgrade and lose nothing; an older one does not start on the newer tables',
  async (processes) => {
    const settings = { PROCESSES: processes }
    const databaseUrl = await freshDatabase(clean)
    const program = nextVersion(scratchFolder(clean), nextStep)
    const members = await startMembers(databaseUrl, settings)
    const [first, second] = members
    const database = openDatabase(clean, databaseUrl)
    const log = await PostgresLog.open(database, () => 'unwanted')
    const stepOf = async () =>
      (await database.all<{ step: number }>(`select step from tocsin.schema_steps where room = 'log'`))[0]?.step
    /** The log goes on by some entries. */
    const goOn = async () => {
      const { head } = await log.bounds()
      await expect.poll(async () => (await log.bounds()).head, long).toBeGreaterThan(head + appendsMin)
    }
    const upgrade = async (member: Member) => {
      expect(await member.running.end('SIGTERM'), member.running.error()).toBe(0)
      await sleep(500)
      member.running = await startNode(
        member.folder,
        { PORT: member.port, ...onDatabase(databaseUrl), ...settings },
        program,
      )
    }
    const refused = async () => {
      const { code, lines } = await failedStart({ DATA_DIR: second.folder, ...onDatabase(databaseUrl), ...settings })
      expect([code, lines]).toEqual([1, [expect.stringContaining(newer)]])
    }

    const chance = chanceOf(Date.now() % 1_000_000)
    const counts = new Map<string, number>()
    const count = (name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1)
    const urls = members.map(({ running }) => running.url)
    const front = await startFront(urls)
    clean(() => front.close())
    const chooseUrl = () => chance.pick(urls as [string, string])
    const stage = setStage({ chooseUrl, clientUrl: front.url, wildCount: 20, chance, count })
    for (const { close } of stage.clients) clean(close)
    await perform(stage, async () => {
      await goOn()
      expect(await stepOf()).toBe(knownSteps)
      await upgrade(first)
      // The older one goes on beside it: reading, publishing, and being read by the newer one.
      expect(await stepOf()).toBe(knownSteps + 1)
      await goOn()
      for (const { running } of members) {
        const editor = new Publisher(() => running.url, 'Beside', chance)
        stage.editors.push(editor)
        await editor.post('/v1/alerts', { level: 'urgent', ...english('Side by side') })
      }
      await refused()
      expect(await fetch(`${second.running.url}/readyz`).then(({ status }) => status)).toBe(200)
      await goOn()
      expect(second.running.error()).not.toContain('"level":50')
      await upgrade(second)
      await goOn()
    })
    for (const { running } of members) expect(await running.end('SIGTERM'), running.error()).toBe(0)
    const { violations, ...sums } = verdictOf(stage, {
      ...(await log.bounds()),
      entries: await log.after(0, 1_000_000),
      newsroom,
    })
    expect({ sums, violations: violations.slice(0, 20) }).toEqual({ sums, violations: [] })
    expect(sums.entries).toBeGreaterThan(4 * appendsMin)
    // The way back is refused: the former version knows nothing of the newer tables.
    await refused()
  },
)

const newer = `The database is from a newer version: its log tables are at step ${knownSteps + 1}, this program knows ${knownSteps}. Start the newer version.`
