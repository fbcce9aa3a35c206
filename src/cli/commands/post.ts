import type { Alert } from '../../domain/alert-types.ts'
import { integerOption, jsonOption, type Program, singleOption, urlOption } from '../command-line.ts'
import { type Answer, ask, keyedServiceOf, sendIdempotent } from '../service-client.ts'
import { type ExitCode, jsonLine, paint, type Shell, UsageError, untrustedText } from '../shell.ts'
import { itemLines, type ShownItem } from './items/item-lines.ts'

/** Adds the options that say when a change goes out. */
export function timeOptions(command: Program): Program {
  return command
    .addOption(integerOption('--hold <seconds>', 'hold it so long; it can be cancelled meanwhile', 3_600, 0))
    .addOption(singleOption('--publish-at <time>', 'publish it then, such as 2026-03-01T12:00:00Z'))
    .addOption(singleOption('--embargo <time>', 'do not publish it before'))
    .addOption(singleOption('--override <reason>', 'without the approval that it needs; admins only, it is kept'))
}

/** What was given of them. */
export type TimeFlags = {
  readonly hold?: number
  readonly publishAt?: string
  readonly embargo?: string
  readonly override?: string
}

/** The body with the times that were given. Throws a UsageError where both say something. */
export function withTimes(body: unknown, { hold, publishAt, embargo, override }: TimeFlags): unknown {
  const given = Object.entries({ holdSeconds: hold, publishAt, embargoUntil: embargo, overrideReason: override })
  const times = given.filter(([, value]) => value !== undefined)
  if (times.length === 0) return body
  const twice = times.find(([name, value]) => Object.hasOwn(Object(body), name) && Object(body)[name] !== value)
  if (twice !== undefined) throw new UsageError(`An option and the file contradict each other about ${twice[0]}.`)
  return { ...Object(body), ...Object.fromEntries(times) }
}

/** Adds the options of every command that posts. */
export function postOptions(command: Program): Program {
  return command
    .option('--dry-run', 'say what would happen; nothing is stored, nothing is sent')
    .option(
      '--yes',
      'do not ask; without it, on a terminal, the warnings and the number of readers are shown and the answer awaited',
    )
    .addOption(singleOption('--idempotency-key <key>', 'go on with an earlier try whose answer was lost'))
    .addOption(jsonOption())
    .addOption(urlOption())
}

export type PostFlags = {
  readonly url?: string
  readonly json?: boolean
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly idempotencyKey?: string
}

/** A condition on which something is posted, as headers. */
type Condition = Readonly<Record<string, string>>

/** Posts a change exactly once, however often the answer is lost, and prints the answer. */
export async function post(
  path: string,
  body: unknown,
  flags: PostFlags,
  shell: Shell,
  headers: Condition = {},
): Promise<ExitCode> {
  if (!(await isWanted(path, body, flags, shell, headers))) {
    shell.warn('Nothing was sent.')
    return 1
  }
  const idempotencyKey = flags.idempotencyKey ?? crypto.randomUUID()
  if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey))
    throw new UsageError('--idempotency-key is 1 to 200 visible ASCII characters.')
  const onRetry = (why: string, pauseMs: number) =>
    shell.warn(paint(shell, 'dim', `${why}; trying again in ${pauseMs / 1_000} s, with the same key.`))
  const request = { method: 'POST', path, body, headers, signal: shell.stop }
  const lost = lostSentence(idempotencyKey, headers)
  print(
    await sendIdempotent(keyedServiceOf(flags.url, shell), request, { idempotencyKey, onRetry, lost }),
    flags,
    shell,
  )
  return 0
}

/** How to try again. The version is named too: by then the newest may be another editor's. */
function lostSentence(idempotencyKey: string, condition: Condition): string {
  const version = /^"(\d+)"$/.exec(condition['if-match'] ?? '')?.[1]
  const flags = `--idempotency-key ${idempotencyKey}${version === undefined ? '' : ` --alert-version ${version}`}`
  return `Whether it was published is not known. To try again without publishing it twice, add: ${flags}`
}

/**
 * Asks the person at the terminal for confirmation, after showing how many readers it reaches, what phones would show and
 * the warnings. There is no question without a terminal, with --yes, for an earlier try, or for a test.
 */
async function isWanted(
  path: string,
  body: unknown,
  flags: PostFlags,
  shell: Shell,
  headers: Condition,
): Promise<boolean> {
  const isTest = (Object(body) as { audience?: unknown }).audience === 'test'
  if (shell.ask === null || flags.yes || flags.idempotencyKey !== undefined || isTest) return true
  const { status, body: dryRunAnswer } = await askForDryRun(path, body, flags, shell, headers)
  for (const line of describe(status, dryRunAnswer, shell)) shell.warn(line)
  const answer = await shell.ask('Send it to readers now? Type yes: ')
  return /^y(es)?$/i.test(answer.trim())
}

function askForDryRun(
  path: string,
  body: unknown,
  { url }: PostFlags,
  shell: Shell,
  headers: Condition,
): Promise<Answer> {
  return ask(keyedServiceOf(url, shell), {
    method: 'POST',
    path: `${path}?dryRun=true`,
    body,
    headers,
    signal: shell.stop,
  })
}

/** Makes a dry run. It publishes nothing, so it is not retried. */
export async function sendDryRun(
  path: string,
  body: unknown,
  flags: PostFlags,
  shell: Shell,
  headers: Condition = {},
): Promise<ExitCode> {
  print(await askForDryRun(path, body, flags, shell, headers), flags, shell)
  return 0
}

function print({ status, body }: Answer, { json }: PostFlags, shell: Shell): void {
  if (json) shell.print(jsonLine(body))
  else for (const line of describe(status, body, shell)) shell.print(line)
}

type Body = {
  readonly alert?: Alert
  readonly item?: ShownItem
  readonly detail?: string
  readonly seq?: number
  readonly cursor?: string
  readonly warnings?: readonly { readonly pointer: string; readonly detail: string }[]
  readonly audience?: Readonly<Record<string, { readonly push: number; readonly sockets: number }>>
  readonly socketsAtLeast?: boolean
  readonly previews?: Readonly<Record<string, { readonly title: string; readonly body: string }>>
  readonly rule?: { readonly approvals: number; readonly holdSeconds: number; readonly role: string }
}

const words = { live: 'Published', updated: 'Updated', corrected: 'Corrected', retracted: 'Retracted' } as const

function describe(status: number, answer: unknown, shell: Shell): string[] {
  // The service's answer to an accepted request; absent fields are not shown.
  const {
    alert,
    item,
    detail,
    seq,
    cursor,
    warnings = [],
    audience,
    socketsAtLeast,
    previews = {},
    rule,
  } = Object(answer) as Body
  const lines: string[] = []
  if (alert !== undefined) {
    const { id, level, version, texts } = alert
    lines.push(`${paint(shell, 'green', words[alert.status] ?? 'Done')}  ${level} · version ${version} · ${id}`)
    for (const [tag, { headline }] of Object.entries(texts ?? {}))
      lines.push(`  ${tag.padEnd(8)}${untrustedText(shell, headline)}`)
    if (seq !== undefined) lines.push(paint(shell, 'dim', `  seq ${seq} · cursor ${cursor}`))
  } else if (status === 202 && item !== undefined) lines.push(...itemLines(item, shell, detail))
  if (audience !== undefined) {
    lines.push(`${paint(shell, 'green', 'Dry run')}  nothing was stored or sent; now it would reach:`)
    for (const [tag, { push, sockets }] of Object.entries(audience))
      lines.push(
        `  ${tag.padEnd(8)}${push} by push, ${socketsAtLeast === true ? 'at least ' : ''}${sockets} on a live connection`,
      )
    for (const [tag, { title, body }] of Object.entries(previews))
      lines.push(`  ${tag.padEnd(8)}${untrustedText(shell, body === '' ? title : `${title} / ${body}`)}`)
  }
  if (rule !== undefined) lines.push(...ruleLines(rule))
  for (const { pointer, detail } of warnings)
    lines.push(
      `${paint(shell, 'yellow', 'Look again')}  ${untrustedText(shell, pointer === '' ? detail : `${pointer}: ${detail}`)}`,
    )
  return lines.length > 0 ? lines : [jsonLine(answer)]
}

/** What the newsroom's rules ask before it goes out. */
function ruleLines({ approvals, holdSeconds, role }: NonNullable<Body['rule']>): readonly string[] {
  return [
    ...(role === 'editor' ? [] : [`  It needs the role ${role}.`]),
    ...(approvals === 0
      ? []
      : [`  It needs the approval of ${approvals === 1 ? 'another editor' : `${approvals} other editors`}.`]),
    ...(holdSeconds === 0
      ? []
      : [`  It is held for ${holdSeconds} s before it goes out, where you do not say otherwise.`]),
  ]
}
