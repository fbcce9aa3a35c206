import { fileURLToPath } from 'node:url'
import { type Cli, jsonOption, type Program, singleOption } from '../../command-line.ts'
import type { ExitCode, Shell } from '../../shell.ts'
import { runProgram } from '../serve.ts'

/** The program that does the work: it is started, never imported, so that the CLI uses the public surface only. */
const signingProgram = fileURLToPath(new URL('../../../node/signing/main.ts', import.meta.url))

const dataOption = () =>
  singleOption('--data <folder>', 'the data folder of the service (or DATA_DIR), ./data when absent')

/** `tocsin signing-key` */
export function signingKeyCommand(program: Program, { shell, done }: Cli): void {
  const command = program
    .command('signing-key')
    .summary('the key that signs what is published')
    .description('Shows and rotates the key that signs what is published. docs/operating.md has the steps.')
  command
    .command('show')
    .summary('print the public keys, newest first')
    .description(
      'Prints the id, the public key and the time of each key, newest first, and the newest as `minisign -P` takes it. Readers may check them.',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (flags: Flags) => done(await runTask('show', flags, shell)))
  command
    .command('rotate')
    .summary('make a new key, signed by the present one')
    .description(
      'Makes a new key, which the present one signs, in the data folder; with SIGNING_KEY it prints the two new settings instead. The service uses it once it has been started again.',
    )
    .addOption(dataOption())
    .action(async (flags: Flags) => done(await runTask('rotate', flags, shell)))
  command
    .command('make')
    .summary('print a new private key, for SIGNING_KEY')
    .description('Prints a new private key, for SIGNING_KEY. Nothing is stored.')
    .action(async () => done(await runTask('make', {}, shell)))
}

type Flags = { readonly data?: string; readonly json?: boolean }

function runTask(act: 'make' | 'show' | 'rotate', { data, json }: Flags, shell: Shell): Promise<ExitCode> {
  const asked = JSON.stringify({ act, ...(data === undefined ? {} : { dataDir: data }), json })
  return runProgram(signingProgram, shell.env, shell, [], [asked])
}
