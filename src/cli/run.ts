import { readFileSync } from 'node:fs'
import { nearest } from '../domain/parsing/nearest.ts'
import { changedLines } from './commands/alert-changed.ts'
import { editors } from './commands/editors.ts'
import { listen } from './commands/listen-command.ts'
import { publish } from './commands/publish.ts'
import { correct, retract, update } from './commands/revise.ts'
import { serve } from './commands/serve.ts'
import { subscriptions } from './commands/subscriptions-command.ts'
import { demo } from './demo/demo.ts'
import { doctor } from './doctor/doctor.ts'
import { errorMessage, Refused } from './service-client.ts'
import { type Command, CommandError, type ExitCode, foreign, paint, type Shell, Stopped, UsageError } from './shell.ts'

const commands: Readonly<Record<string, Command>> = {
  serve,
  publish,
  update,
  correct,
  retract,
  listen,
  editors,
  subscriptions,
  doctor,
  demo,
}

const overview = `tocsin: breaking-news alerts

Usage: npx tocsin <command> [flags]

${Object.entries(commands)
  .map(([name, { about }]) => `  ${name.padEnd(15)}${about}`)
  .join('\n')}

Every command explains itself: npx tocsin publish --help
Which version this is: npx tocsin --version

Environment:
  TOCSIN_URL   the service, http://localhost:3000 when absent; --url wins over it
  TOCSIN_KEY   an editor's key, for what only editors may do
  ADMIN_KEY    for serve and npm start: a new key of your own, at least 20 characters; it becomes an admin's.
               The way back in when the last admin's key is lost

Exit codes: 0 done, 1 refused or failed, 2 wrong usage`

/** Runs one command line and gives the exit code. Trouble that has a sentence is told by it, never by a stack. */
export async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return help(rest[0], shell, name)
  if (versionWords.includes(name)) return version(shell)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) return unknown(name, shell)
  const words = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (words.includes('--help') || words.includes('-h')) {
    shell.say(command.help)
    return 0
  }
  if (words.includes('--version')) return version(shell)
  try {
    return await command.run(rest, shell)
  } catch (error) {
    return tell(error, name, shell)
  }
}

const versionWords = ['--version', '-v', '-V', 'version']

function version(shell: Shell): ExitCode {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  shell.say(`tocsin ${Object(manifest).version}`)
  return 0
}

function help(topic: string | undefined, shell: Shell, name: string | undefined): ExitCode {
  if (topic !== undefined && Object.hasOwn(commands, topic)) shell.say(commands[topic]?.help ?? '')
  else if (topic !== undefined) return unknown(topic, shell)
  else if (name === undefined) {
    shell.warn(overview)
    return 2
  } else shell.say(overview)
  return 0
}

function unknown(name: string, shell: Shell): ExitCode {
  const guess = nearest(name, [...Object.keys(commands), 'help', 'version'])
  shell.warn(`There is no command “${name}”.${guess ? ` Did you mean “${guess}”?` : ''} All of them: npx tocsin --help`)
  return 2
}

function tell(error: unknown, name: string, shell: Shell): ExitCode {
  if (error instanceof UsageError) {
    shell.warn(`${error.message}\nHow it is used: npx tocsin ${name} --help`)
    return 2
  }
  if (error instanceof Refused) {
    const code = error.problem ? ` (${error.status} ${error.problem.code})` : ''
    shell.warn(`${paint(shell, 'red', 'Refused')}${code}: ${foreign(shell, error.message)}`)
    for (const { pointer, detail } of error.problem?.errors ?? [])
      shell.warn(`  ${foreign(shell, pointer || '/')}  ${foreign(shell, detail)}`)
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
