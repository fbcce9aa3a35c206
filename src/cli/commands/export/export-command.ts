import { fileURLToPath } from 'node:url'
import { Option } from 'commander'
import { type Cli, jsonOption, type Program, singleOption } from '../../command-line.ts'
import type { ExitCode, Shell } from '../../shell.ts'
import { dataOption, quietOption } from '../backup-command.ts'
import { runProgram } from '../serve.ts'

/** The program that does the work: it is started, never imported, so that the CLI uses the public surface only. */
const exportProgram = fileURLToPath(new URL('../../../node/export/main.ts', import.meta.url))

/** `tocsin export` */
export function exportCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('export')
    .summary('write what is public as plain files, for mirrors')
    .description(
      'Writes the newest alerts of each language into a folder: pages that need no server, the signed bundles, the list of mirrors, and a signature beside each file. Any web server, onion service or USB stick can carry it.',
    )
    .argument('<folder>', 'the folder: a new one, an empty one, or one of an earlier export')
    .addOption(dataOption())
    .addOption(singleOption('--newsroom <file>', 'the newsroom’s file (or NEWSROOM), as the service has it'))
    .addOption(
      new Option(
        '--force',
        'write into a folder with other files, or with the export of a newsroom of another name; files of the same names are replaced',
      ),
    )
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
It reads the log in the data folder, or in the database of DATABASE_URL, and signs with the key that the service has:
SIGNING_KEY, or signing-key.json in the data folder. The service may run meanwhile. With EXPORT_DIR it keeps such a
folder up to date itself. Files that are right already are not touched, and others in the folder are left alone.
The pages lead to the newsroom's own site where PUBLIC_URL is set as the service has it.

Example, every five minutes by cron:
  PUBLIC_URL=https://alerts.example npx tocsin export --quiet --data /var/lib/tocsin --newsroom newsroom.json /srv/mirror`,
    )
    .action(async (folder, flags: Flags) => done(await runTask(folder, flags, shell)))
}

type Flags = {
  readonly data?: string
  readonly newsroom?: string
  readonly force?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

function runTask(folder: string, { data, newsroom, ...flags }: Flags, shell: Shell): Promise<ExitCode> {
  const given = {
    ...(data === undefined ? {} : { dataDir: data }),
    ...(newsroom === undefined ? {} : { newsroomPath: newsroom }),
  }
  return runProgram(exportProgram, shell.env, shell, [], [JSON.stringify({ folder, ...given, ...flags })])
}
