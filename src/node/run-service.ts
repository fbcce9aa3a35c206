import { DatabaseSync } from 'node:sqlite'
import { refuseUnfinishedRestore } from './backup/unfinished-restore.ts'
import { startPrimary } from './cluster/primary.ts'
import { startRestarting } from './cluster/restarts.ts'
import { type Logger, openLogger } from './logger.ts'
import { refuseMoved } from './move/move-source.ts'
import { readSettings } from './newsroom-file.ts'
import { sqliteVersionFault } from './node-version.ts'
import { openFilesShortage } from './server/open-files.ts'
import type { Service } from './service.ts'
import { misspelt } from './settings/misspelt-settings.ts'
import { onStopSignals } from './signals.ts'
import { explain } from './start-errors.ts'
import { openDataFolder } from './storage/data-folder.ts'
import { lockDataFolder } from './storage/data-lock.ts'
import { collectGarbage, limitHeapOfThreads } from './threads/heap.ts'

/**
 * Starts the service as its environment says, and stops it on a signal. Ends the process when it cannot start. `started`
 * is called when the handlers of a running service are set.
 */
export async function runService(started: () => void): Promise<void> {
  checkProgram()
  // Only the owner may read the files made here: the database, its log, the keys.
  process.umask(0o077)
  try {
    // First, because a wrong setting ends the process.
    for (const line of misspelt(process.env)) console.error(`Warning: ${line}`)
    const config = await readSettings(process.env)
    const logger = openLogger(config)
    const lock = config.databaseUrl === null ? await lockedFolder(config.dataDir) : null
    limitHeapOfThreads()
    const service = await (config.processes === 1 ? startRestarting(config, logger) : startPrimary(config, logger))
    const lost = (line: string) => {
      logger.alert(`${line} This one stops.`)
      void end(service, logger, 1)
    }
    lock?.keep(lost, logger.report)
    // Handlers are set before the line that says ready, because a supervisor may send a signal right after it.
    onStopSignals(
      () => void end(service, logger),
      () => process.exit(1),
    )
    started()
    collectGarbage()
    greet(service)
  } catch (error) {
    const { code, lines } = explain(error)
    fail(code, lines)
  }
}

/** One service alone uses a data folder with a database. */
async function lockedFolder(dataDir: string): ReturnType<typeof lockDataFolder> {
  openDataFolder(dataDir)
  const lock = await lockDataFolder(dataDir)
  refuseUnfinishedRestore(dataDir)
  refuseMoved(dataDir)
  return lock
}

/** Ends the process when flags are given, when its SQLite is a faulty one, or when it may open too few files. */
function checkProgram(): void {
  if (process.argv.length > 2)
    fail(2, [
      `The service takes no flags, and was given ${JSON.stringify(process.argv.slice(2).join(' '))}.`,
      'Its settings are environment variables, such as PORT=8080. Or use: npx tocsin serve --port 8080 --data ./data',
    ])
  const fault = sqliteVersionFault(sqliteVersion()) ?? openFilesShortage()
  if (fault !== null) fail(1, [fault])
}

/** The version of the library that is loaded, which may be the system's and not the one that Node was built with. */
function sqliteVersion(): string {
  const database = new DatabaseSync(':memory:')
  try {
    return String(database.prepare('select sqlite_version() as version').get()?.version)
  } finally {
    database.close()
  }
}

function greet({ url, firstKey, notes }: Service): void {
  const lines = [`Tocsin is ready at ${url}`, `  readers  ${url}/`, `  desk     ${url}/desk`]
  if (firstKey !== null)
    lines.push(
      '\nThe admin key, shown this once; keep it safe:\n',
      `  ${firstKey}\n`,
      'Sign in at the desk with it, or give it to the commands: export TOCSIN_KEY=…',
      'If it is ever lost: start once with ADMIN_KEY=<a new key of at least 20 characters>, which makes a new admin.',
    )
  lines.push(...notes.map((line) => `\nNote: ${line}`))
  console.log(lines.join('\n'))
}

async function end(service: Service, { report }: Logger, code = 0): Promise<void> {
  try {
    await service.stop()
    process.exit(code)
  } catch (error) {
    report(error, 'stopping')
    process.exit(1)
  }
}

function fail(code: number, lines: readonly string[]): never {
  for (const line of lines) console.error(line)
  process.exit(code)
}
