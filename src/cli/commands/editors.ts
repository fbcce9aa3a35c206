import { type Editor, roles } from '../../auth/editor.ts'
import { nearest } from '../../domain/parsing/nearest.ts'
import { oneOf, readFlags } from '../flags.ts'
import { ask, askOnce, keyedServiceOf, type Service } from '../service-client.ts'
import { type Command, type ExitCode, foreign, paint, type Shell, UsageError } from '../shell.ts'

type Flags = {
  readonly name: string | undefined
  readonly role: string | undefined
  readonly json: boolean
}
type Act = (service: Service, flags: Flags, id: string | undefined, shell: Shell) => Promise<void>

const acts: Readonly<Record<string, Act>> = { add, list, revoke }

/** `tocsin editors` */
export const editors: Command = {
  about: 'add, list and revoke editors’ keys',
  help: `Keeps the editors' keys. Needs an admin's key in TOCSIN_KEY.

Usage: npx tocsin editors add --name "Mina" --role editor
       npx tocsin editors list
       npx tocsin editors revoke <id>

  --role       writer (drafts), editor (publishes) or admin (keeps keys too)
  --json       the answer as JSON, on one line
  --url        the service (or TOCSIN_URL)

A new key is shown once; the service keeps only its hash. A revoked key ends at once, with every session and every
subscription to test alerts made with it. No admin's key left? Start the service once with ADMIN_KEY=<a new key of at least 20
characters>: it becomes an admin's.

Example:
  export TOCSIN_KEY=…            # an admin's
  npx tocsin editors add --name "Night desk" --role editor`,
  async run(args, shell): Promise<ExitCode> {
    const { flags, rest } = readFlags(args, { name: 'text', role: 'text', json: 'yes', url: 'text' } as const, 2)
    const [word = '', id] = rest
    const act = Object.hasOwn(acts, word) ? acts[word] : undefined
    if (act === undefined) {
      const guess = nearest(word, Object.keys(acts))
      throw new UsageError(
        `Say add, list or revoke${word ? `, not “${word}”` : ''}.${guess ? ` Did you mean “${guess}”?` : ''}`,
      )
    }
    await act(keyedServiceOf(flags.url, shell), flags, id, shell)
    return 0
  },
}

async function add(service: Service, { name, role, json }: Flags, id: string | undefined, shell: Shell): Promise<void> {
  oneOf('role', role, roles)
  if (!name || role === undefined || id !== undefined)
    throw new UsageError('A new editor has a --name and a --role: writer, editor or admin.')
  const { body } = await askOnce(
    service,
    { method: 'POST', path: 'v1/desk/editors', body: { name, role }, signal: shell.stop },
    'Whether the key was made is not known. If npx tocsin editors list shows it, revoke it: nobody has seen it.',
  )
  if (json) {
    shell.say(JSON.stringify(body))
    return
  }
  const { editor, key } = body as { editor: Editor; key: string }
  shell.say(`${paint(shell, 'green', 'Added')}  ${foreign(shell, editor.name)} · ${editor.role} · ${editor.id}`)
  shell.say(`  The key, shown this once:\n\n  ${key}\n`)
}

async function list(service: Service, { json }: Flags, _: string | undefined, shell: Shell): Promise<void> {
  const { body } = await ask(service, { path: 'v1/desk/editors', signal: shell.stop })
  if (json) {
    shell.say(JSON.stringify(body))
    return
  }
  const { editors: found } = body as { editors: readonly Editor[] }
  for (const { id, role, createdAt, name } of found)
    shell.say(`${id}  ${role.padEnd(6)}  ${paint(shell, 'dim', createdAt.slice(0, 10))}  ${foreign(shell, name)}`)
}

async function revoke(service: Service, _: Flags, id: string | undefined, shell: Shell): Promise<void> {
  if (id === undefined)
    throw new UsageError('Say whose: npx tocsin editors revoke <id>. The ids: npx tocsin editors list')
  await askOnce(
    service,
    { method: 'DELETE', path: `v1/desk/editors/${encodeURIComponent(id)}`, signal: shell.stop },
    'Whether the key was revoked is not known: npx tocsin editors list shows whether it is still there.',
  )
  shell.warn(`${paint(shell, 'green', 'Revoked')}  ${id}`)
}
