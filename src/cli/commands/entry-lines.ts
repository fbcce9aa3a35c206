import type { Entry, Via } from '../../client/listen.ts'
import type { Alert, Rendered } from '../../domain/alert-types.ts'
import { cursorPattern } from '../../protocol/cursor.ts'
import { codeText, paint, type Shell, untrustedText } from '../shell.ts'

/** With all languages an alert has all its texts, else one. */
export type Seen = Alert | Rendered

/** What of an entry is printed. */
type Printed = Pick<Entry<Alert>, 'kind' | 'at' | 'cursor'> & {
  readonly replayed?: boolean
  readonly via?: Via
  readonly alert:
    | Alert
    | Pick<Rendered, 'id' | 'level' | 'audience' | 'language' | 'headline' | 'summary' | 'url' | 'note'>
}

const words: Readonly<Record<string, string>> = {
  ...{ alert: 'ALERT', update: 'UPDATE', correction: 'CORRECTION', retraction: 'RETRACTION' },
}

/** The lines that tell a person of an entry. */
export function entryLines({ kind, at, cursor, replayed, via, alert }: Printed, shell: Shell): readonly string[] {
  // Whatever the types say: anybody may have written it.
  const code = (text: unknown) => codeText(shell, textOf(text))
  const safe = (text: unknown) => untrustedText(shell, textOf(text))
  const texts = 'texts' in alert ? textsTold(alert) : ([[alert.language, alert]] as const)
  const newIn = 'texts' in alert ? (alert.addedLanguages ?? []) : []
  const untouched = 'texts' in alert ? Object.keys(alert.untouched ?? {}) : []
  const notes = typeof alert.note === 'string' ? [alert.note] : Object.values(alert.note ?? {})
  const colour = kind === 'retraction' || alert.level === 'flash' ? 'red' : 'yellow'
  const head = `${paint(shell, colour, words[kind] ?? code(kind))}  ${code(alert.level)}${alert.audience === 'test' ? ' · TEST' : ''}`
  return [
    `${head}${paint(shell, 'dim', `  ${code(at)}  ${code(cursor)}  ${code(alert.id)}${replayed ? '  replayed' : ''}${via === undefined ? '' : `  via ${code(via.mirror)}`}`)}`,
    ...texts.flatMap(([tag, { headline, summary, url }]) => [
      `  ${code(tag).padEnd(6)}${paint(shell, 'bold', safe(headline))}${newIn.includes(tag) ? ' (new here)' : ''}`,
      ...[summary, url].filter(Boolean).map((line) => `        ${safe(line)}`),
    ]),
    ...notes.map((note) => `  ${paint(shell, colour, '→')}     ${safe(note)}`),
    ...(untouched.length === 0 ? [] : [paint(shell, 'dim', `  as before in ${untouched.map(code).join(', ')}`)]),
  ]
}

/** The texts that an entry is about: a language that it says nothing in is neither updated nor corrected. */
function textsTold({ texts, untouched = {} }: Alert) {
  return Object.entries(texts).filter(([tag]) => !Object.hasOwn(untouched, tag))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** What was asked for, and is asked for again. `verify`: `pin` where no key was given. */
export type Asked = {
  readonly lang?: readonly string[] | undefined
  readonly topic?: readonly string[] | undefined
  readonly level?: string | undefined
  readonly verify?: string | undefined
  readonly mirror?: readonly string[] | undefined
  readonly test?: boolean | undefined
  readonly url?: string | undefined
}

/**
 * Where reading stopped, with the command that goes on from there. Nobody is told to run a command with what is no cursor.
 * `stopped`: the sentence about the cursor.
 */
export function goOnLine(
  cursor: string,
  asked: Asked,
  shell: Shell,
  stopped = `Stopped at ${codeText(shell, cursor)}.`,
): string {
  if (!cursorPattern.test(cursor)) return stopped
  return `${stopped} To go on from there: npx tocsin listen --after ${cursor}${argumentsOf(asked).join('')}`
}

function argumentsOf({ lang = [], topic = [], level, verify, mirror = [], test, url }: Asked): readonly string[] {
  return [
    ...(lang.length === 0 ? [] : [` --lang ${quoted(lang.join())}`]),
    ...(topic.length === 0 ? [] : [` --topic ${quoted(topic.join())}`]),
    ...(level === undefined ? [] : [` --level ${level}`]),
    ...(verify === undefined ? [] : [verify === 'pin' ? ' --verify' : ` --verify ${verify}`]),
    ...mirror.map((address) => ` --mirror ${quoted(address)}`),
    ...(test ? [' --test'] : []),
    ...(url === undefined ? [] : [` --url ${quoted(url)}`]),
  ]
}

/** As a shell takes it as one word. */
function quoted(text: string): string {
  return /^[\w.,:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
