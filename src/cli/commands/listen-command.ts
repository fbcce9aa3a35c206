import { type Entry, type Listening, listen as listenTo, type State } from '../../client/listen.ts'
import { type Alert, levels, type Rendered } from '../../domain/alert-types.ts'
import { listed, oneOf, readFlags } from '../flags.ts'
import { errorMessage, problemOf, Refused, serviceOf } from '../service-client.ts'
import { type Command, type ExitCode, foreign, paint, type Shell, UsageError } from '../shell.ts'

const transports = ['auto', 'socket', 'events'] as const

const wanted = {
  lang: 'texts',
  topic: 'texts',
  level: 'text',
  after: 'text',
  transport: 'text',
  count: 'text',
  test: 'yes',
  json: 'yes',
  url: 'text',
} as const

/** `tocsin listen` */
export const listen: Command = {
  about: 'print alerts as they come',
  help: `Prints every alert, update, correction and retraction as it comes, until Ctrl-C, and then the cursor to go on from.
A request that is refused before anything was heard ends it with exit code 1 and the service's own words.

Usage: npx tocsin listen [flags]

  --lang       languages in order of preference; none: all
  --topic      topics; none: all
  --level      the lowest level: flash, urgent or routine
  --after      the last cursor seen: what came since is replayed first
  --count      stop after so many entries
  --transport  socket or events; by itself the one that gets through
  --test       the test audience (with an editor's key in TOCSIN_KEY)
  --json       one JSON object a line (without --lang its alert has all texts); all else goes to the standard error
  --url        the service (or TOCSIN_URL)

Examples:
  npx tocsin listen --lang fa,en --level urgent
  npx tocsin listen --json --lang en --after k3f9.912 | jq .alert.headline`,
  async run(args, shell) {
    const { flags } = readFlags(args, wanted, 0)
    const { url, key } = serviceOf(flags.url, shell)
    const count = countOf(flags.count)
    const languages = listed(flags.lang)
    const print = (entry: Entry<Seen>) => {
      for (const line of flags.json ? [JSON.stringify(entry)] : describe(entry, shell)) shell.say(line)
    }
    return new Promise<ExitCode>((resolve, reject) => {
      let left = count
      let heard = false
      let refused = false
      const listening = listenTo<Seen>({
        url,
        languages: languages.length === 0 || languages.includes('*') ? '*' : languages,
        topics: listed(flags.topic),
        level: oneOf('level', flags.level, levels),
        after: flags.after,
        transport: oneOf('transport', flags.transport, transports),
        ...(flags.test ? { audience: 'test', key } : {}),
        signal: shell.stop,
        onEntry(entry) {
          print(entry)
          left -= 1
          // A close in the midst of a callback lets nothing more through.
          if (left === 0) listening.close()
        },
        onState(state, detail) {
          if (state === 'live' || state === 'replaying') heard = true
          const refusal = refusalIn(state, detail, heard, url)
          if (refused) return
          refused = refusal !== undefined
          if (refused) {
            reject(refusal)
            listening.close()
          } else if (state !== 'stopped') shell.warn(paint(shell, 'dim', stateLine(state, detail)))
          // `listening` is not there yet when it could not even begin.
          else queueMicrotask(() => resolve(stopped(listening, detail, shell)))
        },
        onReset: ({ reason, snapshot }) =>
          shell.warn(paint(shell, 'yellow', `Entries may be missing (${reason}). How things stand: ${snapshot}`)),
      })
    })
  },
}

/** With all languages the alert has all its texts, else one. */
type Seen = Alert | Rendered

function countOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--count is a whole number from 1, not “${text}”.`)
  return Number(text)
}

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
      `  ${tag.padEnd(6)}${paint(shell, 'bold', foreign(shell, headline))}${newIn.includes(tag) ? ' (new here)' : ''}`,
      ...[summary, url].filter(Boolean).map((line) => `        ${foreign(shell, line ?? '')}`),
    ]),
    ...notes.map((note) => `  ${paint(shell, colour, '→')}     ${foreign(shell, note)}`),
    ...(untouched.length === 0 ? [] : [paint(shell, 'dim', `  as before in ${untouched.join(', ')}`)]),
  ]
}

/** The texts that an entry is about: what it says nothing in is not corrected, nor updated. */
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
 * What the service has refused for good. Before anything was heard, so has any answer that is no stream and does not ask
 * for patience: most often somebody else's, at a wrong address.
 */
function refusalIn(state: State, detail: unknown, heard: boolean, url: URL): Refused | undefined {
  const { status, problem } = Object(detail) as { status?: number; problem?: unknown }
  if (status === undefined || (state !== 'stopped' && state !== 'waiting')) return undefined
  const asksForPatience = status >= 500 || status === 408 || status === 425 || status === 429
  if (state === 'waiting' && (heard || asksForPatience)) return undefined
  return new Refused(status, problemOf(problem), url.href, 0)
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
