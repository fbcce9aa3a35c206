import type { DeadLetter, Webhook } from '../../../desk/webhooks/webhook.ts'
import { type Cli, jsonOption, listOption, oneOf, type Program, singleOption, urlOption } from '../../command-line.ts'
import { ask, askOnce, keyedServiceOf } from '../../service-client.ts'
import { type ExitCode, jsonLine, paint, type Shell, UsageError, untrustedText } from '../../shell.ts'
import { deadLetterLine, webhookLines } from './webhook-lines.ts'

const audiences = ['public', 'test', 'all'] as const
const states = ['active', 'paused'] as const
const root = 'v1/desk/webhooks'
const deadRoot = 'v1/desk/dead-letters'

type Common = { readonly url?: string; readonly json?: boolean }
type Said = {
  readonly name?: string
  readonly to?: string
  readonly events?: readonly string[]
  readonly audience?: string
}

/** `tocsin webhooks` */
export function webhooksCommand(program: Program, { shell, done }: Cli): void {
  const command = program
    .command('webhooks')
    .summary('tell another program of what happens at the desk')
    .description("Keeps the webhooks: addresses that are told of alerts, approvals and alarms. Needs an admin's key.")
    .addHelpText(
      'after',
      `
Events: item.awaiting-approval, alert.published, alert.updated, alert.corrected, alert.retracted, alarm.
The secret that signs messages is shown once. docs/webhooks.md says how a receiver checks them.

Examples:
  npx tocsin webhooks add --name "Our CMS" --to https://cms.example/tocsin
  npx tocsin webhooks add --name "Chat" --to https://chat.example/hook --events item.awaiting-approval,alarm
  npx tocsin webhooks replay --webhook <id>`,
    )
  const asked = (name: string, description: string) =>
    command.command(name).description(description).addOption(jsonOption()).addOption(urlOption())
  const one = (name: string, description: string) =>
    asked(name, description).argument('<id>', 'the id, as npx tocsin webhooks list prints it')
  const saying = (to: Program) =>
    to
      .addOption(singleOption('--name <name>', 'what it is called'))
      .addOption(singleOption('--to <url>', 'where its messages go'))
      .addOption(listOption('--events <events>', 'only these, comma-separated; all when absent'))
      .addOption(oneOf('--audience <audience>', 'whose alerts: public (usual), test or all', audiences))

  asked('list', 'Lists the webhooks and how their newest attempt ended.').action(async (flags) =>
    done(await list(flags, shell)),
  )
  saying(asked('add', 'Makes a webhook, and shows its secret.')).action(async (flags) => done(await add(flags, shell)))
  saying(one('change', 'Changes what is given of a webhook; the rest stays.'))
    .addOption(oneOf('--state <state>', 'paused: its messages wait; active: they go on', states))
    .action(async (id, flags) => done(await change(id, flags, shell)))
  one('delete', 'Deletes a webhook with all its messages.').action(async (id, flags) =>
    done(await write(`${root}/${encodeURIComponent(id)}`, 'DELETE', flags, shell, () => [`Deleted  ${id}`])),
  )
  one('rotate', 'Makes another secret, and shows it. For a day messages are signed with both.').action(
    async (id, flags) =>
      done(await write(`${root}/${encodeURIComponent(id)}/rotate`, 'POST', flags, shell, secretLines)),
  )
  one('test', 'Sends a test message at once, and says what was answered.').action(async (id, flags) =>
    done(await test(id, flags, shell)),
  )
  asked('dead-letters', 'Lists messages that were tried for the last time, the newest first.')
    .addOption(singleOption('--webhook <id>', 'only those of this webhook'))
    .action(async (flags) => done(await deadLetters(flags, shell)))
  asked('replay', 'Sends dead letters again: one, those of a webhook, or all.')
    .argument('[message]', 'the id of one, as npx tocsin webhooks dead-letters prints it')
    .addOption(singleOption('--webhook <id>', 'those of this webhook'))
    .action(async (message, flags) => done(await replay(message, flags, shell)))
}

async function list(flags: Common, shell: Shell): Promise<ExitCode> {
  return show(root, flags, shell, (body) =>
    (body as { webhooks: readonly Webhook[] }).webhooks.flatMap((webhook) => webhookLines(webhook, shell)),
  )
}

async function add(flags: Common & Said, shell: Shell): Promise<ExitCode> {
  const { name, to, events, audience } = flags
  if (name === undefined || to === undefined) throw new UsageError('A webhook has a --name, and an address: --to.')
  return write(root, 'POST', flags, shell, secretLines, { name, url: to, events, audience })
}

function secretLines(body: unknown, shell: Shell): readonly string[] {
  const { webhook, secret } = body as { webhook: Webhook; secret: string }
  return [...webhookLines(webhook, shell), '  The secret, shown this once:', '', `  ${secret}`, '']
}

async function change(id: string, flags: Common & Said & { readonly state?: string }, shell: Shell): Promise<ExitCode> {
  const path = `${root}/${encodeURIComponent(id)}`
  const { body } = await ask(keyedServiceOf(flags.url, shell), { path, signal: shell.stop })
  const { webhook } = body as { webhook: Webhook }
  const { name = webhook.name, to = webhook.url, events = webhook.events, audience = webhook.audience } = flags
  const state = flags.state ?? (webhook.state === 'ended' ? 'active' : webhook.state)
  const changed = { name, url: to, events, audience, state }
  const lines = (answer: unknown) => webhookLines((answer as { webhook: Webhook }).webhook, shell)
  return write(path, 'PUT', flags, shell, lines, changed)
}

async function test(id: string, flags: Common, shell: Shell): Promise<ExitCode> {
  let isAccepted = false
  const path = `${root}/${encodeURIComponent(id)}/test`
  await write(path, 'POST', flags, shell, (body) => {
    const { accepted, status, reason = '' } = body as { accepted: boolean; status?: number; reason?: string }
    isAccepted = accepted
    const said = status === undefined ? untrustedText(shell, reason) : `answered ${status}`
    return [`${accepted ? paint(shell, 'green', 'Accepted') : paint(shell, 'red', 'Not accepted')}  ${said}`]
  })
  return isAccepted || flags.json === true ? 0 : 1
}

async function deadLetters(flags: Common & { readonly webhook?: string }, shell: Shell): Promise<ExitCode> {
  const query = flags.webhook === undefined ? '' : `?webhook=${encodeURIComponent(flags.webhook)}`
  return show(`${deadRoot}${query}`, flags, shell, (body) =>
    (body as { deadLetters: readonly DeadLetter[] }).deadLetters.map((it) => deadLetterLine(it, shell)),
  )
}

async function replay(
  message: string | undefined,
  flags: Common & { readonly webhook?: string },
  shell: Shell,
): Promise<ExitCode> {
  if (message !== undefined && flags.webhook !== undefined)
    throw new UsageError('Give the id of one message, or --webhook.')
  const lines = (body: unknown) => [`Sent again: ${(body as { replayed: number }).replayed}`]
  if (message !== undefined)
    return write(`${deadRoot}/${encodeURIComponent(message)}/replay`, 'POST', flags, shell, lines)
  return write(`${deadRoot}/replay`, 'POST', flags, shell, lines, { webhook: flags.webhook })
}

type Lines = (body: unknown, shell: Shell) => readonly string[]

async function show(path: string, { url, json }: Common, shell: Shell, lines: Lines): Promise<ExitCode> {
  const { body } = await ask(keyedServiceOf(url, shell), { path, signal: shell.stop })
  return print(body, json, shell, lines)
}

async function write(
  path: string,
  method: 'POST' | 'PUT' | 'DELETE',
  { url, json }: Common,
  shell: Shell,
  lines: Lines,
  sent?: object,
): Promise<ExitCode> {
  const lost = 'Whether it was done is not known: npx tocsin webhooks list shows how it stands.'
  const request = { method, path, ...(sent === undefined ? {} : { body: sent }), signal: shell.stop }
  const { body } = await askOnce(keyedServiceOf(url, shell), request, lost)
  return print(body, json, shell, lines)
}

function print(body: unknown, json: boolean | undefined, shell: Shell, lines: Lines): ExitCode {
  for (const line of json ? [jsonLine(body ?? {})] : lines(body, shell)) shell.print(line)
  return 0
}
