import { isOfLevelAndTopics } from '../../../client/wanted-alerts.ts'
import type { Level } from '../../../domain/alert-types.ts'
import type { BundleStatement } from '../../../signing/statements.ts'
import type { BundleReport, GenuineEntry } from '../../../signing/verify/verify-bundle.ts'
import { codeText, type ExitCode, jsonLine, paint, type Shell, UsageError } from '../../shell.ts'
import { type Asked, entryLines, goOnLine } from '../entry-lines.ts'
import { readSource } from './bundle-source.ts'
import { ageText, faultText, howToCheck, leftOutText, oldText } from './bundle-words.ts'
import { checkedBundle, isKeyId } from './checked-bundle.ts'

type Options = {
  readonly via?: string
  readonly verify?: string
  readonly lang?: readonly string[]
  readonly topic?: readonly string[]
  readonly level?: Level
  readonly after?: string
  readonly count?: number
  readonly json?: boolean
} & Readonly<Record<(typeof streamOptions)[number], unknown>>

/** Those that are of a connection with the service. */
const streamOptions = ['transport', 'budget', 'mirror', 'test', 'url'] as const

/** Prints the genuine entries of a bundle as `listen` prints those of a stream. What is not genuine is said on the standard error. */
export async function bundleListening(options: Options, shell: Shell): Promise<ExitCode> {
  const { via = '-', verify, after, count } = options
  const other = streamOptions.find((name) => options[name] !== undefined)
  if (other !== undefined) throw new UsageError(`--${other} is not for --via: a bundle needs no connection.`)
  if (verify === 'pin') throw new UsageError(`--verify needs a key with --via: ${howToCheck}: --verify <key>.`)
  const report = await checkedBundle(await readSource(via, shell), verify)
  const { faults, entries, statement } = report
  for (const fault of faults) shell.warn(paint(shell, 'red', `Not verified: ${faultText(fault)}`))
  if (report.keys !== null && verify === undefined)
    shell.warn(paint(shell, 'yellow', `Nobody has checked whose keys these are: ${howToCheck}: --verify <key>.`))
  if (statement !== null) for (const line of aboutBundle(statement, shell)) shell.warn(line)
  const lacking = statement === null ? null : lackingText(statement, shell, options.lang)
  if (lacking !== null) shell.warn(paint(shell, 'yellow', lacking))
  const unread = entries.filter((entry) => !isSeen(entry, after))
  const gap = gapText(report, unread, after)
  if (gap !== null) shell.warn(paint(shell, 'yellow', gap))
  const shown = unread.filter((entry) => isWanted(entry, options)).slice(0, count)
  for (const entry of shown) for (const line of linesOf(entry, options, shell)) shell.print(line)
  const cursor = goOnCursor(report, (shown.length === count ? shown : entries).at(-1), after)
  if (cursor !== undefined) shell.warn(goOnLine(cursor, goOnOptions(options, report), shell))
  return faults.length === 0 && lacking === null ? 0 : 1
}

function aboutBundle(statement: BundleStatement, shell: Shell): readonly string[] {
  const { language, at } = statement
  const now = Date.now()
  const old = oldText(statement, now)
  const made = `made ${codeText(shell, at)} (${ageText(now - Date.parse(at))})`
  return [
    paint(shell, 'dim', `bundle in ${codeText(shell, language)}, ${made}`),
    ...(old === null ? [] : [paint(shell, 'yellow', old)]),
  ]
}

/**
 * Where to go on: at the last that was printed, but never past an entry that is missing or not genuine, and never back past `after`.
 * Undefined: what is wrong is before the first entry.
 */
function goOnCursor({ faults, unbroken, entries }: BundleReport, last: GenuineEntry | undefined, after?: string) {
  const whole = entries.find(({ cursor }) => cursor === unbroken)
  const safe = faults.length > 0 && (last === undefined || last.seq > (whole?.seq ?? 0)) ? whole : last
  return safe === undefined || isSeen(safe, after) ? after : safe.cursor
}

/** Whether an entry is up to a cursor. One of another log (epoch) says nothing about it. */
function isSeen({ cursor, seq }: GenuineEntry, after: string | undefined): boolean {
  const [epoch = '', seen] = after?.split('.') ?? []
  return after !== undefined && cursor.startsWith(`${epoch}.`) && seq <= Number(seen)
}

/** What may be missing between a cursor and the first entry, in a sentence, or null. */
function gapText({ entries, statement }: BundleReport, unread: readonly unknown[], after: string | undefined) {
  if (statement === null) return null
  const left = leftOutText(statement)
  if (entries.length === 0 && left !== null) return `The file has no entry: ${left}.`
  if (after === undefined || entries.length === 0) return null
  if (!after.startsWith(`${statement.epoch}.`)) return 'The cursor is of another log: every entry is printed.'
  if (unread.length < entries.length) return null
  return `Entries may be missing between ${after} and the first that is here; a service brings them: npx tocsin listen --after ${after}`
}

function linesOf(entry: GenuineEntry, { json }: Options, shell: Shell): readonly string[] {
  const { summary = '' } = entry.alert
  if (json) return [jsonLine({ ...entry, replayed: true })]
  return entryLines({ ...entry, replayed: true, alert: { ...entry.alert, summary } }, shell)
}

/** That a bundle, which has one language, has none of those that are wanted; else null. */
function lackingText({ language }: BundleStatement, shell: Shell, lang: readonly string[] = []): string | null {
  if (isAsked(language, lang)) return null
  return `The file has only alerts in ${codeText(shell, language)}, none in ${lang.join(', ')}. Get the file of that language: /v1/bundle/{language}.`
}

/** What goes along to a stream, which takes no id of a key. */
/** A connection wants the key itself where the reader knows its id: the newest, to which that one led. */
function goOnOptions({ lang, topic, level, verify }: Options, { keys }: BundleReport): Asked {
  return {
    lang,
    topic,
    level,
    verify: verify !== undefined && isKeyId(verify) ? (keys?.[0]?.publicKey ?? verify) : verify,
  }
}

function isWanted({ alert }: GenuineEntry, { lang = [], topic = [], level }: Options): boolean {
  if (!isOfLevelAndTopics({ topics: topic, level }, alert)) return false
  return isAsked(alert.language, lang)
}

/** Whether a language is one of those that are wanted, in whatever case they are written, as the service takes them. */
function isAsked(language: string, lang: readonly string[]): boolean {
  return lang.length === 0 || lang.some((tag) => tag === '*' || tag.toLowerCase() === language.toLowerCase())
}
