import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Cli, jsonOption, type Program, singleOption } from '../command-line.ts'
import { type ExitCode, type Shell, UsageError } from '../shell.ts'
import { quietOption } from './backup-command.ts'
import { runProgram } from './serve.ts'

/** The program that does the work: it is started, never imported, so that the CLI uses the public surface only. */
const moveProgram = fileURLToPath(new URL('../../node/move/main.ts', import.meta.url))

type Flags = {
  readonly from?: string
  readonly to?: string
  readonly dryRun?: boolean
  readonly abort?: boolean
  readonly goBack?: boolean
  readonly yes?: boolean
  readonly withoutDatabase?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

/** `tocsin migrate` */
export function migrateCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('migrate')
    .summary('move the newsroom from a data folder into PostgreSQL, also while the service runs')
    .description(
      'Moves the newsroom from a data folder (SQLite) into PostgreSQL: alerts, subscriptions, keys and pushes under way.',
    )
    .addOption(singleOption('--from <sqlite:folder>', 'the data folder of the service, such as sqlite:./data'))
    .addOption(singleOption('--to <postgres://…>', 'an empty PostgreSQL database (or DATABASE_URL)'))
    .option('--dry-run', 'say what would be moved and how long that takes about, and change nothing')
    .option('--abort', 'let the service go on in its data folder: the move was cut off and is not to be finished')
    .option('--go-back', 'take the newsroom back into its data folder, without what was published since it moved')
    .option('--yes', 'with --go-back: give up what was published in the database since')
    .option('--without-database', 'with --go-back: the database is gone for good; nothing keeps nodes from serving it')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
The service may run meanwhile, and goes on serving its readers. From the start of the move on it stores nothing and pushes
nothing: posting and subscribing get 503 until the nodes on PostgreSQL take over. Every table is compared at the end. If
this is killed, run it again: it goes on where it was. If it fails or is stopped, the service stores again as before.

To go back, stop every node first, and give the database as --to: it is refused while nodes use it, and no node starts on
it afterwards. If entries were published there since, it says how many, and does nothing without --yes.

Example:
  npx tocsin migrate --dry-run --from sqlite:./data --to postgres://tocsin:secret@db.example/tocsin
  npx tocsin migrate --from sqlite:./data --to postgres://tocsin:secret@db.example/tocsin`,
    )
    .action(async (flags: Flags) => done(await migrate(flags, shell)))
}

function migrate(flags: Flags, shell: Shell): Promise<ExitCode> {
  const { from, to, dryRun, abort, goBack, yes, withoutDatabase, json, quiet } = flags
  const dataDir = dataDirOf(from)
  const acts = [dryRun && 'plan', abort && 'abort', goBack && 'go-back'].filter((it) => typeof it === 'string')
  if (acts.length > 1) throw new UsageError('Give one of --dry-run, --abort and --go-back.')
  const [act = 'move'] = acts
  const url = to ?? shell.env.DATABASE_URL ?? ''
  if (act !== 'go-back' && (yes || withoutDatabase))
    throw new UsageError('--yes and --without-database belong to --go-back.')
  if (withoutDatabase && to !== undefined) throw new UsageError('Give one of --to and --without-database.')
  if (act !== 'abort' && !withoutDatabase && url === '') throw new UsageError(missing(act))
  const asked = JSON.stringify({ act, dataDir, json, quiet, yes, withoutDatabase })
  // Others on this machine can read arguments, but not the environment.
  return runProgram(moveProgram, { ...shell.env, DATABASE_URL: url }, shell, [], [asked])
}

function missing(act: string): string {
  return act === 'go-back'
    ? 'The database that the newsroom moved to is missing: --to postgres://user:password@host:5432/database, or DATABASE_URL. If it is gone for good: --without-database.'
    : 'The target is missing: --to postgres://user:password@host:5432/database, or DATABASE_URL.'
}

/** The folder of `sqlite:./data`; the path of the database in it is understood too. */
function dataDirOf(from = ''): string {
  const path = /^sqlite:(?:\/\/(?=[/.]))?(.+)$/.exec(from)?.[1]
  if (path === undefined)
    throw new UsageError(
      from === ''
        ? 'The source is missing: --from sqlite:./data, the data folder of the service.'
        : 'The source is a data folder: --from sqlite:./data. Only from SQLite to PostgreSQL can be moved.',
    )
  return basename(path) === 'tocsin.db' ? dirname(path) : path
}
