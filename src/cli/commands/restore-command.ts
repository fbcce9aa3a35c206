import { type Cli, jsonOption, type Program } from '../command-line.ts'
import { UsageError } from '../shell.ts'
import { dataOption, type Flags, quietOption, runTask } from './backup-command.ts'

/** `tocsin restore` */
export function restoreCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('restore')
    .summary('put a backup back, into an empty data folder')
    .description('Puts a backup back into an empty data folder, and gives its log a new epoch.')
    .argument('[folder]', 'the folder that npx tocsin backup made')
    .addOption(dataOption())
    .option('--in-place', 'only give the log of the data folder a new epoch: its files were put back in another way')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Stop the service first. The backup is checked before anything is written. With the new epoch readers begin anew, instead of
missing what is published under numbers that they have seen already.

Were the files put back in another way, such as a snapshot of the disk, rsync or litestream? Then run this before the
service starts:
  npx tocsin restore --in-place --data ./data

Example:
  mv data data-before
  npx tocsin restore /backup/tocsin-2026-11-27 --data ./data`,
    )
    .action(async (folder: string | undefined, { inPlace, ...flags }: Flags & { readonly inPlace?: boolean }) => {
      if (inPlace === true && folder !== undefined)
        throw new UsageError(
          '--in-place takes no folder of a backup: the files are in the data folder already (--data).',
        )
      if (inPlace !== true && folder === undefined)
        throw new UsageError('The folder of the backup is missing; or, if the files were put back already, --in-place.')
      const task = folder === undefined ? ({ act: 'renew' } as const) : ({ act: 'restore', folder } as const)
      done(await runTask(task, flags, shell))
    })
}
