import { fileURLToPath } from 'node:url'
import { Option } from 'commander'
import { type Cli, jsonOption, type Program, singleOption } from '../command-line.ts'
import { CommandError, type ExitCode, type Shell } from '../shell.ts'
import { runProgram } from './serve.ts'

/** The program that does the work: it is started, never imported, so that the CLI uses the public surface only. */
export const backupProgram = fileURLToPath(new URL('../../node/backup/main.ts', import.meta.url))

/** `tocsin backup` */
export function backupCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('backup')
    .summary('back up the data folder, also while the service runs')
    .description(
      'Backs up the data folder into a new folder: the database, the push secret, the VAPID keys and the newsroom’s file.',
    )
    .argument('<folder>', 'the folder of the backup; it must not exist, and the one that it is made in must')
    .addOption(dataOption())
    .addOption(singleOption('--newsroom <file>', 'the newsroom’s file (or NEWSROOM), as the service has it'))
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
The service may run meanwhile. All that was accepted before the start of the backup is in it. The copy is checked, and has
a temporary name until it is whole. It contains secrets: keep it as you keep the keys. npx tocsin restore puts it back.

Example, every night by cron:
  npx tocsin backup --quiet --data /var/lib/tocsin /backup/tocsin-$(date +%F)`,
    )
    .action(async (folder, { newsroom, ...flags }: Flags & { readonly newsroom?: string }) => {
      const newsroomPath = newsroom ?? (shell.env.NEWSROOM || undefined)
      done(
        await runTask({ act: 'backup', folder, ...(newsroomPath === undefined ? {} : { newsroomPath }) }, flags, shell),
      )
    })
}

/** The options that `backup` and `restore` share, as commander gives them. */
export type Flags = { readonly data?: string; readonly json?: boolean; readonly quiet?: boolean }

type Task =
  | { readonly act: 'backup'; readonly folder: string; readonly newsroomPath?: string }
  | { readonly act: 'restore'; readonly folder: string }
  | { readonly act: 'renew' }

export const dataOption = () =>
  singleOption('--data <folder>', 'the data folder of the service (or DATA_DIR), ./data when absent')
export const quietOption = () => new Option('--quiet', 'print nothing but warnings and errors')

/** Runs the program on the data folder that the options or the environment name. */
export function runTask(task: Task, { data, json, quiet }: Flags, shell: Shell): Promise<ExitCode> {
  if (shell.env.DATABASE_URL)
    throw new CommandError(
      'DATABASE_URL is set: the service’s data is in PostgreSQL, which pg_dump backs up. docs/operating.md says how. For a data folder, unset it.',
    )
  const dataDir = data ?? (shell.env.DATA_DIR || './data')
  const asked = JSON.stringify({ ...task, dataDir, json, quiet })
  return runProgram(backupProgram, shell.env, shell, [], [asked])
}
