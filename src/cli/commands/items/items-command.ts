import { type Cli, jsonOption, type Program, singleOption, urlOption } from '../../command-line.ts'
import { ask, keyedServiceOf, sendIdempotent } from '../../service-client.ts'
import { type ExitCode, jsonLine, paint, type Shell, UsageError, untrustedText } from '../../shell.ts'
import { itemLines, listedLines, type ShownItem } from './item-lines.ts'

type Flags = { readonly url?: string; readonly json?: boolean; readonly yes?: boolean }

/** `tocsin items` */
export function itemsCommand(program: Program, { shell, done }: Cli): void {
  const command = program
    .command('items')
    .summary('see, approve and cancel what waits at the desk')
    .description('Drafts, and what waits for approval or its time. The key comes from TOCSIN_KEY.')
    .addHelpText(
      'after',
      `
Examples:
  npx tocsin items list
  npx tocsin items approve 01932f6e-7c00-7000-8000-000000000001`,
    )
  command
    .command('list')
    .description('Lists what is not published or cancelled, the newest change first.')
    .addOption(singleOption('--state <states>', 'only these, such as held,scheduled'))
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (options) => done(await list(options, shell)))
  command
    .command('show')
    .description('Shows an item.')
    .argument('<id>', 'the item')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (id, options) => done(await show(id, options, shell)))
  command
    .command('approve')
    .description('Approves an item as it was shown. Nobody approves what they wrote.')
    .argument('<id>', 'the item')
    .addOption(singleOption('--hash <hash>', 'of the item that you read; without it, it is shown and you are asked'))
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (id, options) => done(await approve(id, options, shell)))
  command
    .command('publish')
    .description('Publishes an item as far as the rules let it.')
    .argument('<id>', 'the item')
    .addOption(
      singleOption('--item-version <number>', 'of the item that you read; wanted if a colleague changed it last'),
    )
    .addOption(singleOption('--override <reason>', 'without the approval that it needs; admins only, it is kept'))
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (id, { override, itemVersion, ...options }) => {
      const version = itemVersion === undefined ? {} : { version: versionOf(itemVersion) }
      const body = { ...version, ...(override === undefined ? {} : { overrideReason: override }) }
      done(await act(id, 'publish', body, options, shell))
    })
  command
    .command('cancel')
    .description('Cancels an item: it does not go out.')
    .argument('<id>', 'the item')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(async (id, options) => done(await act(id, 'cancel', {}, options, shell)))
}

async function list({ state, ...flags }: Flags & { readonly state?: string }, shell: Shell): Promise<ExitCode> {
  const query = state === undefined ? '' : `?state=${encodeURIComponent(state)}`
  const { body } = await ask(keyedServiceOf(flags.url, shell), { path: `v1/desk/items${query}`, signal: shell.stop })
  if (flags.json) {
    shell.print(jsonLine(body))
    return 0
  }
  const { items, next } = body as { items: readonly ShownItem[]; next?: string }
  for (const item of items) for (const line of listedLines(item, shell)) shell.print(line)
  if (items.length === 0) shell.warn('There are none.')
  if (next !== undefined) shell.warn('There are more.')
  return 0
}

async function read(id: string, { url }: Flags, shell: Shell): Promise<ShownItem> {
  const { body } = await ask(keyedServiceOf(url, shell), { path: pathOf(id), signal: shell.stop })
  return (body as { item: ShownItem }).item
}

async function show(id: string, flags: Flags, shell: Shell): Promise<ExitCode> {
  const item = await read(id, flags, shell)
  if (flags.json) shell.print(jsonLine({ item }))
  else for (const line of itemLines(item, shell)) shell.print(line)
  return 0
}

async function approve(id: string, { hash, ...flags }: Flags & { readonly hash?: string }, shell: Shell) {
  if (hash !== undefined) return act(id, 'approve', { hash }, flags, shell)
  if (shell.ask === null)
    throw new UsageError('Without a terminal say what was read: --hash (npx tocsin items show --json).')
  const item = await read(id, flags, shell)
  for (const line of itemLines(item, shell)) shell.warn(line)
  const answer = await shell.ask('Approve exactly this? Type yes: ')
  if (/^y(es)?$/i.test(answer.trim())) return act(id, 'approve', { hash: item.hash }, flags, shell)
  shell.warn('Nothing was approved.')
  return 1
}

async function act(id: string, name: string, body: object, flags: Flags, shell: Shell): Promise<ExitCode> {
  const onRetry = (why: string, pauseMs: number) =>
    shell.warn(paint(shell, 'dim', `${why}; trying again in ${pauseMs / 1_000} s.`))
  const answer = await sendIdempotent(
    keyedServiceOf(flags.url, shell),
    { method: 'POST', path: `${pathOf(id)}/${name}`, body, signal: shell.stop },
    {
      ...{ idempotencyKey: crypto.randomUUID(), onRetry },
      lost: `Whether it was done is not known: npx tocsin items show ${untrustedText(shell, id)} says it.`,
    },
  )
  const { item } = answer.body as { item: ShownItem }
  if (flags.json) shell.print(jsonLine(answer.body))
  else for (const line of itemLines(item, shell)) shell.print(line)
  return 0
}

function versionOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError('--item-version is a number, as npx tocsin items show says it.')
}

function pathOf(id: string): string {
  return `v1/desk/items/${encodeURIComponent(id)}`
}
