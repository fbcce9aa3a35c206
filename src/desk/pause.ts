import * as z from 'zod'
import type { Authority } from '../auth/editor.ts'
import type { KeyedRequest } from '../auth/keyed-request.ts'
import { type KnownNames, unknownPointersIn } from '../domain/interest.ts'
import { languageOf, type Newsroom } from '../domain/newsroom.ts'
import { requiredText } from '../domain/parsing/fields.ts'
import { parse } from '../domain/parsing/parse.ts'
import { uniqueList } from '../domain/parsing/unique-list.ts'
import { type Mistake, Problem } from '../domain/problem.ts'
import type { Entry } from '../log/log.ts'
import { type AuditLine, deskLine } from './audit.ts'

/** Which alerts a pause holds back: those in any of these languages or topics; with both lists empty, every alert. */
export type PauseScope = { readonly languages: readonly string[]; readonly topics: readonly string[] }

/** Why, by whom (an editor's id) and when (RFC 3339). */
export type PauseNote = { readonly reason: string; readonly by: string; readonly at: string }

/**
 * The kill switch while it is on; null while it is off. `byName`: the editor's name at that time, which is kept when the
 * key is revoked; null where it was not stored.
 */
export type Pause = (PauseScope & PauseNote & { readonly byName: string | null }) | null

export interface PauseStore {
  current(): Promise<Pause>
  /**
   * Replaces the pause by what `act` makes of the present one, in one transaction; durable when it resolves. The note is
   * stored also when the pause ends. Returns the new pause. What `act` throws is thrown, and nothing changes. Whether
   * `by` may still do it is checked in the same transaction (Problem 401, 403). Ending what is not paused stores nothing.
   * `request`: the same again changes nothing and gives the pause as it stands, so that a retry does not undo a newer change;
   * another with its key is refused (409 `idempotency-key-reused`).
   */
  change(
    act: (pause: Pause) => PauseScope | null,
    note: PauseNote,
    by?: Authority,
    request?: KeyedRequest,
  ): Promise<Pause>
}

const listMax = 40
const reasonMax = 300

const reason = requiredText(
  reasonMax,
  'reason',
  'A reason is wanted: others will ask why it is paused, or why it goes on.',
)

/** The body of `POST /v1/desk/pause`. */
export const pauseSchema = z.strictObject({
  languages: uniqueList(listMax, 'languages').default([]),
  topics: uniqueList(listMax, 'topics').default([]),
  reason,
})

/** The body of `POST /v1/desk/resume`. */
export const resumeSchema = pauseSchema.extend({
  at: z.iso
    .datetime()
    .optional()
    .describe('The `at` of the pause that you read. Where another one holds by now, nothing is changed (409).'),
})

/**
 * Parses the body. Throws a Problem (400) with every mistake and the known languages and topics: a misspelt pause would
 * hold nothing back. What the `present` pause names is known as well, also where the newsroom has dropped it since.
 */
export function parsePause(
  input: unknown,
  newsroom: Newsroom,
  what: 'pause' | 'resume' = 'pause',
  present: PauseScope | null = null,
): PauseScope & Pick<PauseNote, 'reason'> & { readonly at?: string } {
  const known = withPaused(newsroom, present)
  const schema: z.ZodType<z.output<typeof resumeSchema>> = what === 'pause' ? pauseSchema : resumeSchema
  const { languages, topics, reason, at } = parse(schema, input, what, (raw) => unknownPointersIn(raw, known))
  const tags = languages.map((tag) => languageOf(known, tag)?.tag ?? tag)
  return { languages: union(tags, []), topics: union(topics, []), reason, ...(at === undefined ? {} : { at }) }
}

/** The newsroom's languages and topics, and those that a pause names besides; each once. */
function withPaused({ languages, topics }: KnownNames, pause: PauseScope | null): KnownNames {
  return {
    languages: [...new Set([...languages.map(({ tag }) => tag), ...(pause?.languages ?? [])])].map((tag) => ({ tag })),
    topics: [...new Set([...topics.map(({ id }) => id), ...(pause?.topics ?? [])])].map((id) => ({ id })),
  }
}

/** What a pause is compared with. `toUntouched`: it is also pushed in the languages in which it says nothing. */
type Held = Pick<Entry, 'kind' | 'alert'> & { readonly toUntouched?: boolean }

/**
 * Whether a pause holds an entry back. A retraction is never held back: it withdraws what was published. Neither is a change
 * that says nothing in a paused language, because nobody is told of it there.
 */
export function holds(pause: PauseScope | null, { kind, alert, toUntouched = false }: Held): boolean {
  if (pause === null || kind === 'retraction') return false
  if (isOfAll(pause)) return true
  const isTold = (tag: string) => toUntouched || !Object.hasOwn(alert.untouched ?? {}, tag)
  return (
    Object.keys(alert.texts).some((tag) => pause.languages.includes(tag) && isTold(tag)) ||
    alert.topics.some((topic) => pause.topics.includes(topic))
  )
}

/** Throws a Problem (423 `paused`) when the pause holds the entry back. */
export function refusePaused(pause: Pause, entry: Pick<Entry, 'kind' | 'alert'>): void {
  if (pause === null || !holds(pause, entry)) return
  throw new Problem(423, 'paused', `${pausedSentence(pause)} Nothing was published. ${wayOn}`)
}

/** The warning of a dry run whose alert the pause would hold back; none where it would not. */
export function pauseWarnings(pause: Pause, entry: Pick<Entry, 'kind' | 'alert'>): readonly Mistake[] {
  if (pause === null || !holds(pause, entry)) return []
  return [
    {
      pointer: '',
      code: 'paused',
      values: { names: [...pause.languages, ...pause.topics], reason: pause.reason },
      detail: `${pausedSentence(pause)} As long as it is, this is refused. ${wayOn}`,
    },
  ]
}

const wayOn = 'An admin resumes it at the desk or with POST /v1/desk/resume; retractions pass.'

function pausedSentence(pause: NonNullable<Pause>): string {
  const by = pause.byName === null ? '' : ` by ${pause.byName}`
  return `Publishing is paused (${scopeText(pause)}) since ${pause.at}${by}: ${sentence(pause.reason)}`
}

/** The text with a full stop, unless it ends in one of its own script. */
function sentence(text: string): string {
  return /[.!?…\u06d4\u061f\u3002\uff01\uff1f\u0964\u1362\u0589]["'”’»)\]]*$/.test(text) ? text : `${text}.`
}

/** The pause, extended. A pause of everything stays one of everything. */
export function widened(pause: PauseScope | null, more: PauseScope): PauseScope {
  if (pause === null) return more
  if (isOfAll(pause) || isOfAll(more)) return { languages: [], topics: [] }
  return { languages: union(pause.languages, more.languages), topics: union(pause.topics, more.topics) }
}

/**
 * The pause without some languages and topics; null when `less` names nothing or nothing is left. Throws a Problem (409
 * `not-paused-so`) when the pause does not name what `less` names.
 */
export function narrowed(pause: PauseScope | null, less: PauseScope): PauseScope | null {
  if (pause === null || isOfAll(less)) return null
  const lacks = (has: readonly string[], wanted: readonly string[]) => wanted.some((it) => !has.includes(it))
  if (lacks(pause.languages, less.languages) || lacks(pause.topics, less.topics))
    throw new Problem(
      409,
      'not-paused-so',
      `The pause holds ${scopeText(pause)}; only what it names can be taken out of it. Resume without languages and topics to end it.`,
    )
  const languages = pause.languages.filter((it) => !less.languages.includes(it))
  const topics = pause.topics.filter((it) => !less.topics.includes(it))
  // Two empty lists would mean everything.
  return languages.length === 0 && topics.length === 0 ? null : { languages, topics }
}

/**
 * The pause without some languages and topics, as `narrowed`. `at`: the time of the pause that is meant. Throws a Problem (409
 * `not-paused-so`) with the pause as it stands where another one holds: it was made for a reason that the admin has not read.
 */
export function resumed(pause: Pause, less: PauseScope, at?: string): PauseScope | null {
  if (pause !== null && at !== undefined && Date.parse(at) !== Date.parse(pause.at))
    throw new Problem(
      409,
      'not-paused-so',
      `${pausedSentence(pause)} It is not the pause of ${at}. Nothing was resumed: read why it is paused, and resume that.`,
      { extensions: { pause } },
    )
  return narrowed(pause, less)
}

function isOfAll({ languages, topics }: PauseScope): boolean {
  return languages.length === 0 && topics.length === 0
}

function scopeText(scope: PauseScope): string {
  return isOfAll(scope) ? 'everything' : [...scope.languages, ...scope.topics].join(', ')
}

function union(some: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...some, ...more])].sort()
}

/** The line of the audit log about a change of the pause. `by`: null for the service's operator. */
export function pauseLine(
  before: Pause,
  after: PauseScope | null,
  { reason, at }: PauseNote,
  by: AuditLine['by'],
): AuditLine {
  const sizeOf = (scope: PauseScope | null) =>
    scope === null ? 0 : scope.languages.length + scope.topics.length || Number.POSITIVE_INFINITY
  const act = sizeOf(after) < sizeOf(before) || after === null ? 'resumed' : 'paused'
  const paused = after === null ? null : { languages: after.languages, topics: after.topics }
  return deskLine(act, at, by, { reason, paused })
}
