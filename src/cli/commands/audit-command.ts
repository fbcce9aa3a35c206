import { type Cli, integerOption, jsonOption, type Program, singleOption, urlOption } from '../command-line.ts'
import { ask, keyedServiceOf, refusedFrom, type Service } from '../service-client.ts'
import { CommandError, type ExitCode, jsonLine, paint, type Shell, untrustedText } from '../shell.ts'
import { inactivityTimeout, printAll } from './subscriptions-command.ts'

const linesUsual = 50
const linesMax = 200
/** An export that sends nothing for so long has broken off. */
const silenceMsMax = 60_000

type Filters = { readonly act?: string; readonly editor?: string; readonly since?: string }
type Flags = Filters & { readonly url?: string; readonly json?: boolean; readonly limit?: number }

type Line = {
  readonly at: string
  readonly by: { readonly name: string } | null
  readonly act: string
  readonly itemId: string | null
  readonly alertId: string | null
  readonly detail: Readonly<Record<string, unknown>>
}

/** `tocsin audit` */
export function auditCommand(program: Program, { shell, done }: Cli): void {
  const command = program
    .command('audit')
    .summary('who did what at the desk, and when')
    .description("Shows the audit log: every act at the desk. Needs an admin's key in TOCSIN_KEY.")
    .addHelpText(
      'after',
      `
The log only grows: nothing in it is ever changed or deleted.

Examples:
  npx tocsin audit list --act published --since 2026-03-01T00:00:00Z
  npx tocsin audit export > audit.jsonl`,
    )
  const filters = () => [
    singleOption('--act <act>', 'only this act, such as published, approve, key-made or session-opened'),
    singleOption('--editor <id>', 'only what this editor did, by the id that npx tocsin editors list prints'),
    singleOption('--since <time>', 'only from this time on, such as 2026-03-01T12:00:00Z'),
  ]
  const list = command.command('list').description('Prints the newest lines, the newest first.')
  for (const option of filters()) list.addOption(option)
  list
    .addOption(integerOption('--limit <lines>', `how many lines, ${linesUsual} when absent`, linesMax))
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (options) => done(await printNewest(keyedServiceOf(options.url, shell), options, shell)))
  const all = command.command('export').description('Prints every line as JSON, one a line, the newest first.')
  for (const option of filters()) all.addOption(option)
  all
    .addOption(urlOption())
    .action(async (options) => done(await exportAll(keyedServiceOf(options.url, shell), options, shell)))
}

function queryOf({ act, editor, since }: Filters, limit?: number): string {
  const wanted = Object.entries({ act, editor, since, limit: limit?.toString() })
  return new URLSearchParams(wanted.filter((it): it is [string, string] => it[1] !== undefined)).toString()
}

async function printNewest(service: Service, flags: Flags, shell: Shell): Promise<ExitCode> {
  const path = `v1/desk/audit?${queryOf(flags, flags.limit ?? linesUsual)}`
  const { body } = await ask(service, { path, signal: shell.stop })
  if (flags.json) {
    shell.print(jsonLine(body))
    return 0
  }
  const { lines } = body as { lines: readonly Line[] }
  for (const { at, by, act, itemId, alertId, detail } of lines) {
    const about = [alertId && `alert ${alertId}`, itemId && `item ${itemId}`].filter(Boolean).join(' · ')
    const who = untrustedText(shell, by?.name ?? 'the service')
    const more = paint(shell, 'dim', untrustedText(shell, JSON.stringify(detail)))
    shell.print(`${paint(shell, 'dim', at)}  ${act.padEnd(14)}  ${who}${about === '' ? '' : `  ${about}`}  ${more}`)
  }
  return 0
}

async function exportAll(service: Service, flags: Flags, shell: Shell): Promise<ExitCode> {
  const silence = inactivityTimeout(silenceMsMax)
  try {
    const response = await fetch(new URL(`v1/desk/audit.jsonl?${queryOf(flags)}`, service.url), {
      redirect: 'error',
      headers: { authorization: `Bearer ${service.key}`, accept: 'application/x-ndjson, application/problem+json' },
      signal: AbortSignal.any([shell.stop, silence.signal]),
    })
    if (!response.ok) throw await refusedFrom(response, service)
    if (response.body === null) throw new CommandError('The answer has no body. See: npx tocsin doctor')
    await printAll(response.body, silence, shell)
    return 0
  } finally {
    silence.end()
  }
}
