import { InvalidArgumentError } from 'commander'
import {
  type Entry,
  type Listening,
  type ListenOptions,
  listen as listenTo,
  type State,
  type Via,
} from '../../client/listen.ts'
import { listenVerified } from '../../client/verified/listen-verified.ts'
import { type Level, levels } from '../../domain/alert-types.ts'
import { cursorPattern } from '../../protocol/cursor.ts'
import { type Cli, integerOption, listOption, oneOf, type Program, singleOption, urlOption } from '../command-line.ts'
import { errorMessage, parseProblem, Refused, serviceOf } from '../service-client.ts'
import { codeText, type ExitCode, jsonLine, paint, type Shell, UsageError, untrustedText } from '../shell.ts'
import { isKeyId, knownKey } from './bundle/checked-bundle.ts'
import { bundleListening } from './bundle/listen-via.ts'
import { mirrorOption, viaText } from './bundle/mirror-option.ts'
import { Withheld } from './bundle/withheld.ts'
import { entryLines, goOnLine, type Seen } from './entry-lines.ts'

const transports = ['auto', 'socket', 'events'] as const
const countMax = 999_999_999
const budgetBytesMin = 4_000
const budgetBytesMax = 1_000_000

/** `tocsin listen` */
export function listenCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('listen')
    .summary('print alerts as they come')
    .description(
      'Prints every alert, update, correction and retraction as it comes, until Ctrl-C, and then the cursor to go on from. A request that is refused before anything was received ends it with exit code 1 and the answer of the service. With --verify the exit code is 1 as well when anything could not be verified.',
    )
    .addOption(listOption('--lang <tags>', 'languages in order of preference; none: all'))
    .addOption(listOption('--topic <topics>', 'topics; none: all'))
    .addOption(oneOf('--level <level>', 'the lowest level: flash, urgent or routine', levels))
    .addOption(singleOption('--after <cursor>', 'the last cursor seen: what came since is replayed first', cursorOf))
    .addOption(
      integerOption('--count <number>', 'stop after so many entries; with --verify, those that are shown', countMax),
    )
    .addOption(oneOf('--transport <name>', 'socket or events; auto takes the one that gets through', transports))
    .addOption(
      singleOption(
        '--budget <bytes>',
        'end each connection after so many bytes and go on with the next; auto does so on networks that freeze connections, off never',
        budgetOf,
      ),
    )
    .addOption(
      singleOption(
        '--via <file>',
        'a bundle that came by another way, a file or an address: prints its entries and ends',
      ),
    )
    .addOption(
      singleOption(
        '--verify [key]',
        "show only what this key has signed, or the keys that follow it; without one, the service's present key. With --via: the key, or its id, to which the file's keys must lead",
        (text) => (text === 'pin' ? text : knownKey(text)),
      ).preset('pin'),
    )
    .addOption(mirrorOption())
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
  npx tocsin listen --lang en --verify
  npx tocsin listen --lang en --verify 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --mirror https://mirror.example/
  npx tocsin listen --json --lang en --after k3f9.912 | jq .alert.headline
  npx tocsin listen --via fa.bundle.json --verify 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo`,
    )
    .action(async (options) =>
      done(await (options.via === undefined ? listen(options, shell) : bundleListening(options, shell))),
    )
}

function cursorOf(text: string): string {
  if (cursorPattern.test(text)) return text
  throw new InvalidArgumentError('It is a cursor such as k3f9.912, as this command prints it.')
}

function budgetOf(text: string): number | 'auto' | false {
  if (text === 'auto') return text
  if (text === 'off') return false
  const bytes = Number(text)
  if (!/^[1-9]\d*$/.test(text) || bytes < budgetBytesMin || bytes > budgetBytesMax)
    throw new InvalidArgumentError(`It is auto, off or a whole number from ${budgetBytesMin} to ${budgetBytesMax}.`)
  return bytes
}

type Options = {
  readonly lang?: readonly string[]
  readonly topic?: readonly string[]
  readonly level?: Level
  readonly after?: string
  readonly count?: number
  readonly transport?: (typeof transports)[number]
  readonly budget?: number | 'auto' | false
  readonly verify?: string
  readonly mirror?: readonly string[]
  readonly test?: boolean
  readonly json?: boolean
  readonly url?: string
}

function listen(flags: Options, shell: Shell): Promise<ExitCode> {
  const { url, key } = serviceOf(flags.url, shell)
  const { lang: languages = [], topic: topics = [], level, after, transport, budget } = flags
  const print = (entry: Entry<Seen>) => {
    for (const line of flags.json ? [jsonLine(entry)] : entryLines(entry, shell)) shell.print(line)
  }
  return new Promise<ExitCode>((resolve, reject) => {
    let left = flags.count ?? Number.POSITIVE_INFINITY
    // With mirrors at hand, whatever answers in the place of the service ends nothing.
    let received = flags.mirror !== undefined
    let refused = false
    const withheld = new Withheld(after, shell)
    const counted = () => {
      left -= 1
      // After a close within a callback there are no further entries.
      if (left === 0) listening.close()
    }
    const listening = begin(flags, shell, withheld, {
      url,
      languages: languages.length === 0 || languages.includes('*') ? '*' : languages,
      topics,
      level,
      after,
      transport,
      budget,
      ...(flags.test ? { audience: 'test', key } : {}),
      signal: shell.stop,
      onEntry(entry) {
        withheld.showed(entry.cursor)
        print(entry)
        counted()
      },
      onState(state, detail) {
        if (state === 'live' || state === 'replaying') {
          received = true
          withheld.showed(listening.cursor)
        }
        const refusal = refusalIn(state, detail, received, url)
        if (refused) return
        refused = refusal !== undefined
        if (refused) {
          reject(refusal)
          listening.close()
        } else if (state !== 'stopped') shell.warn(paint(shell, 'dim', stateLine(state, detail, shell)))
        // `listening` is not assigned yet when `listen` stops at once.
        else queueMicrotask(() => resolve(stopped(listening, detail, flags, withheld)))
      },
      onReset({ reason, head, snapshot }) {
        withheld.showed(head)
        shell.warn(
          paint(
            shell,
            'yellow',
            `Entries may be missing (${codeText(shell, reason)}). The current alerts: ${untrustedText(shell, snapshot)}`,
          ),
        )
      },
    })
  })
}

/** Listens, and where `--verify` asks for that only to what is signed. `withheld` is told of what is not. */
function begin(
  { verify, mirror, transport, test = false }: Options,
  shell: Shell,
  withheld: Withheld,
  options: ListenOptions<Seen>,
): Listening {
  if (verify === undefined && mirror !== undefined)
    throw new UsageError('--mirror needs --verify: anybody may run a mirror.')
  if (test && transport === 'socket')
    throw new UsageError('--transport socket does not go with --test: a WebSocket cannot carry a key. Leave it out.')
  if (test && mirror !== undefined)
    throw new UsageError('--mirror does not go with --test: mirrors have no test alerts.')
  if (mirror !== undefined && options.languages === '*')
    throw new UsageError('--mirror needs --lang: a mirror has one file for each language.')
  if (verify === undefined) return listenTo<Seen>(options)
  if (verify !== 'pin' && isKeyId(verify))
    throw new UsageError('--verify takes a public key (43 characters) of a stream; an id is enough with --via.')
  if (verify === 'pin' && mirror !== undefined) shell.warn(paint(shell, 'yellow', noKeyYet))
  return listenVerified<Seen>({
    ...options,
    keys: verify === 'pin' ? 'pin' : [verify],
    mirrors: mirror,
    onUnverified: (entry) => withheld.withhold(entry),
  })
}

const noKeyYet =
  'No key is known yet: mirrors are read only once the service has told its key. To read them at once, give the key that you know to be the newsroom’s: --verify <key>.'

function stateLine(state: Exclude<State, 'stopped'>, detail: unknown, shell: Shell): string {
  const { ms, code, reason, status, error, detail: sentence, via } = Object(detail) as Record<string, unknown>
  if (via !== undefined) return viaText(via as Via, Date.now(), shell)
  if (typeof sentence === 'string') return `The service says: ${untrustedText(shell, sentence)}`
  if (state !== 'waiting') return `${state} …`
  const why =
    error !== undefined
      ? errorMessage(error)
      : status !== undefined
        ? `answer ${status}`
        : `${reason || 'no connection'}`
  return `waiting ${(Number(ms) / 1_000).toFixed(1)} s, then again (${untrustedText(shell, why)}${code === undefined ? '' : `, ${code}`})`
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

function stopped({ cursor }: Listening, detail: unknown, flags: Options, withheld: Withheld): ExitCode {
  const { shell } = withheld
  if (detail !== undefined) {
    const { reason, code } = detail as { reason?: string; code?: number }
    shell.warn(
      `${paint(shell, 'red', 'Refused')}: ${untrustedText(shell, reason || 'without a word')} (close code ${code})`,
    )
    return 1
  }
  if (withheld.any) shell.warn(withheld.goOnLine(flags))
  else if (cursor !== undefined) shell.warn(goOnLine(cursor, flags, shell))
  return withheld.any ? 1 : 0
}
