import type { OpenSession } from '../../../auth/sessions.ts'
import { type Cli, jsonOption, type Program, urlOption } from '../../command-line.ts'
import { ask, askOnce, keyedServiceOf } from '../../service-client.ts'
import { type ExitCode, jsonLine, paint, type Shell, untrustedText } from '../../shell.ts'

type Flags = { readonly url?: string; readonly json?: boolean }

/** `tocsin sessions` */
export function sessionsCommand(program: Program, { shell, done }: Cli): void {
  const command = program
    .command('sessions')
    .summary('see where you are signed in at the desk, and sign out there')
    .description('Sessions of the desk: yours, and with an admin’s key everybody’s. The key comes from TOCSIN_KEY.')
    .addHelpText(
      'after',
      `
A phone or a computer is lost? end-all signs you out everywhere; your key stays valid. Was the key itself on it, have an
admin revoke it: npx tocsin editors revoke ends its sessions too.

Examples:
  npx tocsin sessions list
  npx tocsin sessions end-all`,
    )
  command
    .command('list')
    .description('Lists the open sessions, by day only.')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (options) => done(await list(options, shell)))
  command
    .command('end')
    .description('Ends one session: yours, or with an admin’s key anybody’s.')
    .argument('<id>', 'the id of the session, as npx tocsin sessions list prints it')
    .addOption(urlOption())
    .action(async (id, options) => done(await end(id, options, shell)))
  command
    .command('end-all')
    .description('Ends all sessions of the key in TOCSIN_KEY: signs its editor out everywhere.')
    .addOption(urlOption())
    .action(async (options) => done(await endAll(options, shell)))
}

const unknown = 'Whether it was done is not known: npx tocsin sessions list shows what is open still.'

async function list({ url, json }: Flags, shell: Shell): Promise<ExitCode> {
  const { body } = await ask(keyedServiceOf(url, shell), { path: 'v1/desk/sessions', signal: shell.stop })
  if (json) {
    shell.print(jsonLine(body))
    return 0
  }
  const { sessions } = body as { sessions: readonly OpenSession[] }
  for (const { id, editor, openedOn, lastUsedOn } of sessions) {
    const days = `opened ${openedOn ?? 'unknown'}, last used ${lastUsedOn ?? 'unknown'}`
    shell.print(`${untrustedText(shell, id)}  ${paint(shell, 'dim', days)}  ${untrustedText(shell, editor.name)}`)
  }
  if (sessions.length === 0) shell.warn('There are none.')
  return 0
}

async function end(id: string, { url }: Flags, shell: Shell): Promise<ExitCode> {
  const path = `v1/desk/sessions/${encodeURIComponent(id)}`
  await askOnce(keyedServiceOf(url, shell), { method: 'DELETE', path, signal: shell.stop }, unknown)
  shell.warn(`${paint(shell, 'green', 'Ended')}  ${untrustedText(shell, id)}`)
  return 0
}

async function endAll({ url }: Flags, shell: Shell): Promise<ExitCode> {
  const request = { method: 'DELETE', path: 'v1/desk/sessions', signal: shell.stop }
  await askOnce(keyedServiceOf(url, shell), request, unknown)
  shell.warn(`${paint(shell, 'green', 'Ended')}  all sessions of this key’s editor`)
  return 0
}
