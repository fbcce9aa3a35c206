import type { Mistake } from '../../../domain/problem.ts'
import type { DeskWordKey } from '../../../locales/locales.ts'
import { deskLanguage, hasWord, t } from './desk-words.ts'

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
  return deskLanguage() === 'en' || detail === '' ? detail : `\u2066${detail}\u2069`
}

/** Why the service refused something, in the desk's language; what that has no words for, in the words of the service. */
export function problemWords({ code, detail }: { readonly code: string; readonly detail: string }): string {
  const name = ofThePage.has(code) ? 'page' : ofABusyService.has(code) ? 'busy' : (shared[code] ?? code)
  return worded(`problem_${name}`, detail)
}

/** A warning, or a mistake in one field, in the same way. `{language}` in its words is the one that its pointer names. */
export function mistakeWords({ code, detail, pointer }: Mistake): string {
  return code === undefined ? inEnglish(detail) : worded(`mistake_${code}`, detail, pointer.split('/')[2])
}

function worded(key: string, detail: string, language = ''): string {
  // English is the language of the service: its own sentences say more.
  if (deskLanguage() === 'en' || !hasWord(key)) return inEnglish(detail)
  return t(key as DeskWordKey, { detail: inEnglish(detail), language })
}
