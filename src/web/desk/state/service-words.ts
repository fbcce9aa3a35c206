import type { Mistake } from '../../../domain/problem.ts'
import { englishFormats } from '../../../domain/writing/english-formats.ts'
import type { DeskWordKey } from '../../../locales/locales.ts'
import { fullMomentText } from '../../shared/moment-text.ts'
import { amount } from './amounts.ts'
import { deskLanguage, hasWord, languageName, listed, nameOfPart, t } from './desk-words.ts'

/** Refusals of requests that no editor can make: the page is older than the service, or something between them is broken. */
const ofThePage: ReadonlySet<string> = new Set([
  ...['body-broken-off', 'body-too-late', 'charset-not-taken', 'idempotency-key-missing', 'if-match-malformed'],
  ...['limit-out-of-range', 'malformed-json', 'malformed-request', 'method-not-allowed', 'no-body-taken'],
  ...['no-such-page', 'not-json', 'precondition-failed', 'repeated-parameter', 'unknown-parameter', 'unknown-position'],
  ...['headers-too-large', 'request-too-late', 'content-coding'],
])

/** Refusals that end by themselves in a moment. */
const ofABusyService: ReadonlySet<string> = new Set([
  ...['catching-up', 'database-busy', 'draining', 'no-room', 'reads-busy', 'starting', 'subscriptions-busy'],
  ...['too-many-at-once', 'too-many-bodies', 'too-many-from-here', 'too-many-requests'],
])

/** Codes that share their words. */
const shared: Readonly<Record<string, string>> = {
  ...{ 'no-node': 'no-answer', 'node-lost': 'no-answer', 'node-silent': 'no-answer' },
  ...{ 'endpoint-refused': 'push', 'endpoint-taken': 'push', 'key-refused': 'push', 'unknown-vapid-key': 'push' },
}

/**
 * A sentence of the service, which is English, as it stands in other words: isolated, so that it does not turn round what is
 * beside it (UAX #9, LRI and PDI). `told` makes an element of it where one can stand.
 */
export function inEnglish(detail: string): string {
  const said = forEditors(detail)
  return deskLanguage() === 'en' || said === '' ? said : `\u2066${said}\u2069`
}

/** A sentence of the service as editors read it: times are in their zone, and what only programs ask for is left out. */
export function forEditors(detail: string): string {
  return detail
    .replace(
      /;? *(?:\b(?:look|see|or) )?\b(?:with|in|at|from) (?:(?:GET|POST|PUT|DELETE) )?\/v1\/[^\s;,.]*(?=[\s;,.]|$)/g,
      '',
    )
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\b/g, (at) => fullMomentText(Date.parse(at), englishFormats))
}

/** A refusal, as the service or an item tells it. What else it says names who came first. */
type Refusal = { readonly code: string; readonly detail: string; readonly [member: string]: unknown }

/** Why the service refused something, in the desk's language; what that has no words for, in the words of the service. */
export function problemWords(refusal: Refusal): string {
  const { code, detail } = refusal
  // What was wrong stands in its mistakes; an item keeps them with its refusal.
  const mistakes = code === 'invalid' && deskLanguage() !== 'en' ? mistakesOf(refusal) : []
  if (mistakes.length > 0) return mistakes.map(mistakeWords).join(' ')
  const name = ofThePage.has(code) ? 'page' : ofABusyService.has(code) ? 'busy' : (shared[code] ?? code)
  const by = whoCameFirst(refusal)
  const named = `problem_${name}_by`
  if (by !== null && deskLanguage() !== 'en' && hasWord(named))
    return t(named as DeskWordKey, { by, detail: inEnglish(detail) })
  return worded(`problem_${name}`, detail)
}

function mistakesOf({ errors }: Refusal): readonly Mistake[] {
  return Array.isArray(errors) ? errors.filter((it): it is Mistake => typeof Object(it).detail === 'string') : []
}

/** The name of the colleague who was faster, or who has locked it; null: nobody is named. */
function whoCameFirst({ by, changes, lockedBy, item }: Refusal): string | null {
  const ofAlert = Array.isArray(changes) ? Object(changes[changes.length - 1]).by : null
  const { lastAct, changedBy } = Object(item)
  const ofItem = lastAct === undefined ? changedBy : lastAct?.by
  const names = [by, ofAlert, Object(lockedBy).name, Object(ofItem).name]
  return names.find((name): name is string => typeof name === 'string') ?? null
}

/**
 * A warning, or a mistake in one field, in the same way. `{language}` in its words is the one that its pointer names, unless
 * its values say another.
 */
export function mistakeWords({ code, detail, pointer, values = {} }: Mistake): string {
  if (code === undefined) return inEnglish(detail)
  const key = hasWord(`mistake_${code}`) ? `mistake_${code}` : `problem_${code}`
  const given = code === 'paused' && isNone(values.names) ? { ...values, names: t('everything') } : values
  const said = Object.entries(given).map(([name, value]) => [name, saidValue(name, value)] as const)
  return worded(key, detail, { language: languageName(pointer.split('/')[2] ?? ''), ...Object.fromEntries(said) })
}

/** A pause that names nothing is one of everything. */
function isNone(names: unknown): boolean {
  return Array.isArray(names) && names.length === 0
}

/** Languages and topics are called as the newsroom calls them. */
function saidValue(name: string, value: string | number | readonly string[]): string {
  if (typeof value === 'number') return amount(value)
  if (typeof value === 'string')
    return name === 'language' ? languageName(value) : name === 'name' ? nameOfPart(value) : value
  return listed(value.map(nameOfPart))
}

/** What ends an attempt to reach a program, by what the runtime says of it. */
const failures: readonly (readonly [string, RegExp])[] = [
  ['name', /ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL|no address in time|leads to no address/i],
  ['own', /not of the public internet/i],
  ['time', /no answer (?:in time|within)|ETIMEDOUT|timed? ?out/i],
  ['refused', /ECONNREFUSED/],
  ['broken', /ECONNRESET|EPIPE|socket hang up|socket disconnected|network connection lost/i],
  ['unreachable', /EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/],
  ['certificate', /certificate|CERT_|altname|self.signed|EPROTO|\bSSL\b|\bTLS\b/i],
  ['secret', /cannot be decrypted/],
]

/** Why a message did not reach a program, in the desk's language: a status, or the words of the runtime behind ours. */
export function failureWords(detail: string): string {
  if (/^\d{3}$/.test(detail)) return t('failure_status', { status: amount(Number(detail)) })
  const key = `failure_${failures.find(([, known]) => known.test(detail))?.[0]}`
  return hasWord(key) ? t(key as DeskWordKey, { detail: aside(detail) }) : aside(detail)
}

/** What only operators need, beside it: in every language isolated, because it is written from left to right. */
function aside(detail: string): string {
  return `\u2066${detail}\u2069`
}

function worded(key: string, detail: string, values: Readonly<Record<string, string>> = {}): string {
  // English is the language of the service: its own sentences say more.
  if (deskLanguage() === 'en' || !hasWord(key)) return inEnglish(detail)
  return t(key as DeskWordKey, { detail: inEnglish(detail), ...values })
}
