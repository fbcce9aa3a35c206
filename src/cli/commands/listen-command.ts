import { type Entry, type Listening, listen as listenTo, type State } from '../../client/listen.ts'
import { type Alert, type Level, levels, type Rendered } from '../../domain/alert-types.ts'
import { type Cli, integerOption, listOption, oneOf, type Program, singleOption, urlOption } from '../command-line.ts'
import { errorMessage, parseProblem, Refused, serviceOf } from '../service-client.ts'
import { type ExitCode, paint, type Shell, untrustedText } from '../shell.ts'

const transports = ['auto', 'socket', 'events'] as const
const countMax = 999_999_999

/** `tocsin listen` */
export function listenCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('listen')
    .summary('print alerts as they come')
    .description(
      'Prints every alert, update, correction and retraction as it comes, until Ctrl-C, and then the cursor to go on from. A request that is refused before anything was received ends it with exit code 1 and the answer of the service.',
    )
    .addOption(listOption('--lang <tags>', 'languages in order of preference; none: all'))
    .addOption(listOption('--topic <topics>', 'topics; none: all'))
    .addOption(oneOf('--level <level>', 'the lowest level: flash, urgent or routine', levels))
    .addOption(singleOption('--after <cursor>', 'the last cursor seen: what came since is replayed first'))
    .addOption(integerOption('--count <number>', 'stop after so many entries', countMax))
    .addOption(oneOf('--transport <name>', 'socket or events; auto takes the one that gets through', transports))
    .option('--test', "the test audience (with an editor's key in TOCSIN_KEY)")
    .option(
      '--json',
      'one JSON object a line (without --lang its alert has all texts); everything else goes to the standard error',
    )
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
Examples:
  npx tocsin listen --lang fa,en --level urgent
  npx tocsin listen --json --lang en --after k3f9.912 | jq .alert.headline`,
    )
    .action(async (options) => done(await listen(options, shell)))
}

type Options = {
  readonly lang?: readonly string[]
  readonly topic?: readonly string[]
  readonly level?: Level
  readonly after?: string
  readonly count?: number
  readonly transport?: (typeof transports)[number]
  readonly test?: boolean
  readonly json?: boolean
  readonly url?: string
}

function listen(flags: Options, shell: Shell): Promise<ExitCode> {
  const { url, key } = serviceOf(flags.url, shell)
  const { lang: languages = [], topic: topics = [], level, after, transport } = flags
  const print = (entry: Entry<Seen>) => {
    for (const line of flags.json ? [JSON.stringify(entry)] : describe(entry, shell)) shell.print(line)
  }
  return new Promise<ExitCode>((resolve, reject) => {
    let left = flags.count ?? Number.POSITIVE_INFINITY
    let received = false
    let refused = false
    const listening = listenTo<Seen>({
      url,
      languages: languages.length === 0 || languages.includes('*') ? '*' : languages,
      topics,
      level,
      after,
      transport,
      ...(flags.test ? { audience: 'test', key } : {}),
      signal: shell.stop,
      onEntry(entry) {
        print(entry)
        left -= 1
        // After a close within a callback there are no further entries.
        if (left === 0) listening.close()
      },
      onState(state, detail) {
        if (state === 'live' || state === 'replaying') received = true
        const refusal = refusalIn(state, detail, received, url)
        if (refused) return
        refused = refusal !== undefined
        if (refused) {
          reject(refusal)
          listening.close()
        } else if (state !== 'stopped') shell.warn(paint(shell, 'dim', stateLine(state, detail)))
        // `listening` is not assigned yet when `listen` stops at once.
        else queueMicrotask(() => resolve(stopped(listening, detail, shell)))
      },
      onReset: ({ reason, snapshot }) =>
        shell.warn(paint(shell, 'yellow', `Entries may be missing (${reason}). The current alerts: ${snapshot}`)),
    })
  })
}

/** With all languages an alert has all its texts, else one. */
type Seen = Alert | Rendered

const words = { alert: 'ALERT', update: 'UPDATE', correction: 'CORRECTION', retraction: 'RETRACTION' } as const

function describe({ kind, at, cursor, replayed, alert }: Entry<Seen>, shell: Shell): string[] {
  const texts = 'texts' in alert ? textsTold(alert) : ([[alert.language, alert]] as const)
  const newIn = 'texts' in alert ? (alert.addedLanguages ?? []) : []
  const untouched = 'texts' in alert ? Object.keys(alert.untouched ?? {}) : []
  const notes = typeof alert.note === 'string' ? [alert.note] : Object.values(alert.note ?? {})
  const colour = kind === 'retraction' || alert.level === 'flash' ? 'red' : 'yellow'
  const head = `${paint(shell, colour, words[kind])}  ${alert.level}${alert.audience === 'test' ? ' · TEST' : ''}`
  return [
    `${head}${paint(shell, 'dim', `  ${at}  ${cursor}  ${alert.id}${replayed ? '  replayed' : ''}`)}`,
    ...texts.flatMap(([tag, { headline, summary, url }]) => [
      `  ${tag.padEnd(6)}${paint(shell, 'bold', untrustedText(shell, headline))}${newIn.includes(tag) ? ' (new here)' : ''}`,
      ...[summary, url].filter(Boolean).map((line) => `        ${untrustedText(shell, line ?? '')}`),
    ]),
    ...notes.map((note) => `  ${paint(shell, colour, '→')}     ${untrustedText(shell, note)}`),
    ...(untouched.length === 0 ? [] : [paint(shell, 'dim', `  as before in ${untouched.join(', ')}`)]),
  ]
}

/** The texts that an entry is about: a language that it says nothing in is neither updated nor corrected. */
function textsTold({ texts, untouched = {} }: Alert) {
  return Object.entries(texts).filter(([tag]) => !Object.hasOwn(untouched, tag))
}

function stateLine(state: Exclude<State, 'stopped'>, detail: unknown): string {
  const { ms, code, reason, status, error, detail: sentence } = Object(detail) as Record<string, unknown>
  if (typeof sentence === 'string') return `The service says: ${sentence}`
  if (state !== 'waiting') return `${state} …`
  const why =
    error !== undefined
      ? errorMessage(error)
      : status !== undefined
        ? `answer ${status}`
        : `${reason || 'no connection'}`
  return `waiting ${(Number(ms) / 1_000).toFixed(1)} s, then again (${why}${code === undefined ? '' : `, ${code}`})`
}

/**
 * A final refusal of the service. Before anything was received, any answer that is no stream and not temporary is one:
 * most often another server's, at a wrong address.
 */
function refusalIn(state: State, detail: unknown, received: boolean, url: URL): Refused | undefined {
  const { status, problem } = Object(detail) as { status?: number; problem?: unknown }
  if (status === undefined || (state !== 'stopped' && state !== 'waiting')) return undefined
  const isTemporary = status >= 500 || status === 408 || status === 425 || status === 429
  if (state === 'waiting' && (received || isTemporary)) return undefined
  return new Refused(status, parseProblem(problem), url.href, 0)
}

function stopped(listening: Listening, detail: unknown, shell: Shell): ExitCode {
  const { cursor } = listening
  if (detail !== undefined) {
    const { reason, code } = detail as { reason?: string; code?: number }
    shell.warn(`${paint(shell, 'red', 'Refused')}: ${reason || 'without a word'} (close code ${code})`)
    return 1
  }
  if (cursor !== undefined) shell.warn(`Stopped at ${cursor}. To go on from there: npx tocsin listen --after ${cursor}`)
  return 0
}
