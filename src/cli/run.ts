import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { clusterCommand } from './cluster/cluster-command.ts'
import { type CommandDefinition, Program } from './command-line.ts'
import { changedLines } from './commands/alert-changed.ts'
import { auditCommand } from './commands/audit-command.ts'
import { backupCommand } from './commands/backup-command.ts'
import { verifyCommand } from './commands/bundle/verify-command.ts'
import { exportCommand } from './commands/export/export-command.ts'
import { itemsCommand } from './commands/items/items-command.ts'
import { editorsCommand } from './commands/keys/editors.ts'
import { sessionsCommand } from './commands/keys/sessions-command.ts'
import { signingKeyCommand } from './commands/keys/signing-key-command.ts'
import { listenCommand } from './commands/listen-command.ts'
import { migrateCommand } from './commands/migrate-command.ts'
import { publishCommand } from './commands/publish.ts'
import { restoreCommand } from './commands/restore-command.ts'
import { correctCommand, retractCommand, updateCommand } from './commands/revise.ts'
import { serveCommand } from './commands/serve.ts'
import { subscriptionsCommand } from './commands/subscriptions-command.ts'
import { webhooksCommand } from './commands/webhooks/webhooks-command.ts'
import { demoCommand } from './demo/demo.ts'
import { doctorCommand } from './doctor/doctor.ts'
import { errorMessage, Refused } from './service-client.ts'
import { CommandError, type ExitCode, paint, type Shell, Stopped, UsageError, untrustedText } from './shell.ts'

const definitions: readonly CommandDefinition[] = [
  serveCommand,
  publishCommand,
  updateCommand,
  correctCommand,
  retractCommand,
  itemsCommand,
  listenCommand,
  verifyCommand,
  editorsCommand,
  sessionsCommand,
  auditCommand,
  webhooksCommand,
  subscriptionsCommand,
  backupCommand,
  restoreCommand,
  exportCommand,
  signingKeyCommand,
  migrateCommand,
  doctorCommand,
  demoCommand,
  clusterCommand,
]

const environment = `
Every command explains itself: npx tocsin publish --help

Environment:
  TOCSIN_URL   the service, http://localhost:3000 when absent; --url wins over it
  TOCSIN_KEY   an editor's key, for what only editors may do
  ADMIN_KEY    for serve and npm start: a new key of your own, at least 20 characters; it becomes an admin's.
               The way back in when the last admin's key is lost

Exit codes: 0 done, 1 refused or failed, 2 wrong usage`

/** Runs one command line and gives the exit code. Errors that have a sentence are printed as that, never with a stack. */
export async function run(args: readonly string[], terminal: Shell): Promise<ExitCode> {
  const shell = args.includes(noColor) ? { ...terminal, styled: false } : terminal
  let exitCode: ExitCode = 0
  const program = programOf(shell, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(usualWords(program, args), { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) return printError(error, usageHint(program, args), shell)
    // Help and version end by this error as well, with exit code 0.
    if (error.exitCode === 0) return 0
    if (error.code !== 'commander.help') shell.warn(usageHint(program, args))
    return 2
  }
}

const helpColumns = 120
/** Taken wherever it stands. */
const noColor = '--no-color'

/** Words that commander takes otherwise: `version`, and `help` of what is no command, which is to be refused. */
function usualWords(program: Program, given: readonly string[]): readonly string[] {
  const end = given.includes('--') ? given.indexOf('--') : given.length
  const args = given.filter((arg, at) => arg !== noColor || at > end)
  const [first, ...rest] = args
  if (first === 'version' || first === '-v') return ['--version', ...rest]
  const [topic] = rest
  return first === 'help' && topic !== undefined && !isCommand(program, topic) ? rest : args
}

function isCommand(program: Program, name: string): boolean {
  return program.commands.some((command) => command.name() === name)
}

/** Names the help of the command that was meant, such as `editors add`. */
function usageHint(program: Program, args: readonly string[]): string {
  const names: string[] = []
  let commands = program.commands
  for (const arg of args) {
    const command = commands.find((it) => it.name() === arg)
    if (command === undefined) break
    names.push(arg)
    commands = command.commands
  }
  return `How it is used: ${['npx tocsin', ...names, '--help'].join(' ')}`
}

function programOf(shell: Shell, done: (code: ExitCode) => void): Program {
  const print = (line: (text: string) => void) => (text: string) => line(text.replace(/\n$/, ''))
  const program = new Program('npx tocsin')
  program
    .usage('<command> [options]')
    .description('tocsin: breaking-news alerts')
    .version(`tocsin ${versionOf()}`, '-V, --version', 'print which version this is')
    .configureOutput({
      writeOut: print(shell.print),
      writeErr: print(shell.warn),
      getOutHelpWidth: () => helpColumns,
      getErrHelpWidth: () => helpColumns,
      getOutHasColors: () => shell.styled,
      getErrHasColors: () => shell.styled,
    })
    // An option of the program stands before the command: behind it `--version` is that of an alert.
    .enablePositionalOptions()
    .option(noColor, 'print without colours; so does NO_COLOR in the environment')
    .addHelpText('after', environment)
    .exitOverride()
  for (const define of definitions) define(program, { shell, done })
  return program
}

function versionOf(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(Object(manifest).version)
}

function printError(error: unknown, hint: string, shell: Shell): ExitCode {
  if (error instanceof UsageError) {
    shell.warn(`${error.message}\n${hint}`)
    return 2
  }
  if (error instanceof Refused) {
    const code = error.problem ? ` (${error.status} ${error.problem.code})` : ''
    shell.warn(`${paint(shell, 'red', 'Refused')}${code}: ${untrustedText(shell, error.message)}`)
    const errors = error.problem?.errors ?? []
    // The only mistake is the message itself.
    const isSaid = errors.length === 1 && errors[0]?.detail === error.message
    for (const { pointer, detail } of isSaid ? [] : errors)
      shell.warn(`  ${untrustedText(shell, pointer || '/')}  ${untrustedText(shell, detail)}`)
    for (const line of changedLines(error.problem, shell)) shell.warn(line)
    if (error.lost !== undefined) shell.warn(error.lost)
    return 1
  }
  if (shell.stop.aborted) shell.warn(error instanceof Stopped ? error.message : 'Stopped.')
  else if (error instanceof CommandError) shell.warn(error.message)
  // Fetch's own word for an address where nobody answers.
  else if (error instanceof TypeError && error.message === 'fetch failed')
    shell.warn(`${errorMessage(error)}. Is the service running, and is --url right? See: npx tocsin doctor`)
  else if (error instanceof DOMException && error.name === 'TimeoutError')
    shell.warn(`${errorMessage(error)}. See: npx tocsin doctor`)
  else throw error
  return 1
}
