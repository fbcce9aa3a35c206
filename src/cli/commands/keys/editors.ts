import { type Editor, type ListedEditor, type Role, roles } from '../../../auth/editor.ts'
import { type Cli, jsonOption, listOption, oneOf, type Program, singleOption, urlOption } from '../../command-line.ts'
import { ask, askOnce, keyedServiceOf } from '../../service-client.ts'
import { type ExitCode, jsonLine, paint, type Shell, untrustedText } from '../../shell.ts'

/** `tocsin editors` */
export function editorsCommand(program: Program, { shell, done }: Cli): void {
  const command = program
    .command('editors')
    .summary('add, list and revoke editors’ keys')
    .description("Keeps the editors' keys. Needs an admin's key in TOCSIN_KEY.")
    .addHelpText(
      'after',
      `
A new key is shown once; the service keeps only its hash. The list shows the day of its last use. With --expires it ends by itself. A revoked key ends at once, with every session and every
subscription to test alerts made with it. No admin's key left? Start the service once with ADMIN_KEY=<a new key of at
least 20 characters>: it becomes an admin's.

Example:
  export TOCSIN_KEY=…            # an admin's
  npx tocsin editors add --name "Night desk" --role editor
  npx tocsin editors add --name "Weather feed" --role editor --levels urgent,routine
  npx tocsin editors add --name "Election help" --role writer --expires 30d`,
    )
  const roleHelp =
    'writer (writes and submits drafts, dry runs, test alerts), editor (publishes and approves too) or admin (keys, the pause and subscriptions too)'
  command
    .command('add')
    .description('Makes a key for a new editor, and shows it.')
    .addOption(singleOption('--name <name>', 'the name of the editor').makeOptionMandatory())
    .addOption(oneOf('--role <role>', roleHelp, roles).makeOptionMandatory())
    .addOption(
      listOption('--levels <levels>', 'publish and approve only these, such as urgent,routine; all when absent'),
    )
    .addOption(
      singleOption(
        '--expires <when>',
        'when the key ends by itself: a number of days such as 30d, or a time such as 2026-12-31T23:59:59Z',
      ),
    )
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (options) => done(await add(options, shell)))
  command
    .command('list')
    .description('Lists the editors, without their keys.')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (options) => done(await printList(options, shell)))
  command
    .command('revoke')
    .description('Revokes the key of an editor.')
    .argument('<id>', 'the id of the editor, as npx tocsin editors list prints it')
    .addOption(urlOption())
    .action(async (id, options) => done(await revoke(id, options, shell)))
}

type NewEditor = {
  readonly name: string
  readonly role: Role
  readonly levels?: readonly string[]
  readonly expires?: string
}
type Flags = { readonly url?: string; readonly json?: boolean }

async function add({ name, role, levels, expires, json, url }: Flags & NewEditor, shell: Shell): Promise<ExitCode> {
  const expiresAt = expires === undefined ? undefined : endOf(expires)
  const { body } = await askOnce(
    keyedServiceOf(url, shell),
    { method: 'POST', path: 'v1/desk/editors', body: { name, role, levels, expiresAt }, signal: shell.stop },
    'Whether the key was made is not known. If npx tocsin editors list shows it, revoke it: nobody has seen it.',
  )
  if (json) {
    shell.print(jsonLine(body))
    return 0
  }
  const { editor, key } = body as { editor: Editor; key: string }
  const may = editor.levels === undefined ? '' : ` (${editor.levels.join(', ')} only)`
  const until = editor.expiresAt === undefined ? '' : ` · until ${editor.expiresAt}`
  const made = `${untrustedText(shell, editor.name)} · ${editor.role}${may} · ${editor.id}${until}`
  shell.print(`${paint(shell, 'green', 'Added')}  ${made}`)
  shell.print(`  The key, shown this once:\n\n  ${key}\n`)
  return 0
}

const dayMs = 24 * 60 * 60_000

/** A time as it is sent: some days from now, or as it was given, which the service checks. */
function endOf(when: string): string {
  const days = /^(\d{1,4})d$/.exec(when)?.[1]
  return days === undefined ? when : new Date(Date.now() + Number(days) * dayMs).toISOString()
}

async function printList({ json, url }: Flags, shell: Shell): Promise<ExitCode> {
  const { body } = await ask(keyedServiceOf(url, shell), { path: 'v1/desk/editors', signal: shell.stop })
  if (json) {
    shell.print(jsonLine(body))
    return 0
  }
  const { editors: found } = body as { editors: readonly ListedEditor[] }
  for (const { id, role, createdAt, lastUsedOn, levels, expiresAt, name } of found) {
    const days = paint(shell, 'dim', `made ${createdAt.slice(0, 10)}, last used ${(lastUsedOn ?? 'never').padEnd(10)}`)
    const may = levels === undefined ? '' : `  ${levels.join(', ')} only`
    const until = expiresAt === undefined ? '' : `  until ${expiresAt}`
    shell.print(`${id}  ${role.padEnd(6)}  ${days}  ${untrustedText(shell, name)}${may}${until}`)
  }
  return 0
}

async function revoke(id: string, { url }: Flags, shell: Shell): Promise<ExitCode> {
  await askOnce(
    keyedServiceOf(url, shell),
    { method: 'DELETE', path: `v1/desk/editors/${encodeURIComponent(id)}`, signal: shell.stop },
    'Whether the key was revoked is not known: npx tocsin editors list shows whether it is still there.',
  )
  shell.warn(`${paint(shell, 'green', 'Revoked')}  ${id}`)
  return 0
}
