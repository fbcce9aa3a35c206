import * as z from 'zod'
import type { Authority } from '../auth/editor.ts'
import { type KnownNames, unknownPlacesIn } from '../domain/interest.ts'
import { languageOf, type Newsroom } from '../domain/newsroom.ts'
import { requiredText } from '../domain/parsing/fields.ts'
import { parse } from '../domain/parsing/parse.ts'
import { uniqueList } from '../domain/parsing/unique-list.ts'
import { type Mistake, Problem } from '../domain/problem.ts'
import type { Entry } from '../log/log.ts'

/** What a pause is about: alerts in any of these languages or topics; both lists empty: every alert. */
export type PauseScope = { readonly languages: readonly string[]; readonly topics: readonly string[] }

/** Why, who (an editor's id) and when. */
export type PauseNote = { readonly reason: string; readonly by: string; readonly at: string }

/**
 * The kill switch while it is on; null while it is off. `byName`: the editor's name at that time, which outlives the key;
 * null where it was not kept.
 */
export type Pause = (PauseScope & PauseNote & { readonly byName: string | null }) | null

export interface PauseStore {
  current(): Promise<Pause>
  /**
   * Puts what `act` makes of the present pause in its place, durable when it resolves; nothing comes between the two.
   * The note is kept also when the pause ends. Gives the new pause; what `act` throws is thrown and changes nothing.
   * Whether `by` may still do it is read in the same transaction (401, 403).
   */
  change(act: (pause: Pause) => PauseScope | null, note: PauseNote, by?: Authority): Promise<Pause>
}

const listMax = 40
const reasonMax = 300

const reason = requiredText(
  reasonMax,
  'reason',
  'A reason is wanted: others will ask why it is paused, or why it goes on.',
)

/** The body of `POST /v1/desk/pause` and `/resume`. */
export const pauseSchema = z.strictObject({
  languages: uniqueList(listMax, 'languages').default([]),
  topics: uniqueList(listMax, 'topics').default([]),
  reason,
})

/**
 * Parses the body. Throws a Problem (400) with every mistake, naming the known languages and topics: a misspelt pause
 * would hold nothing. Known is also what the `present` pause holds: the newsroom may have dropped it meanwhile.
 */
export function parsePause(
  input: unknown,
  newsroom: Newsroom,
  what: 'pause' | 'resume' = 'pause',
  present: PauseScope | null = null,
): PauseScope & Pick<PauseNote, 'reason'> {
  const known = withPaused(newsroom, present)
  const { languages, topics, reason } = parse(pauseSchema, input, what, (raw) => unknownPlacesIn(raw, known))
  const tags = languages.map((tag) => languageOf(known, tag)?.tag ?? tag)
  return { languages: union(tags, []), topics: union(topics, []), reason }
}

/** The newsroom's languages and topics, and those that a pause holds beside them: each once. */
function withPaused({ languages, topics }: KnownNames, pause: PauseScope | null): KnownNames {
  return {
    languages: [...new Set([...languages.map(({ tag }) => tag), ...(pause?.languages ?? [])])].map((tag) => ({ tag })),
    topics: [...new Set([...topics.map(({ id }) => id), ...(pause?.topics ?? [])])].map((id) => ({ id })),
  }
}

/** Whether a pause holds an entry back. A retraction is never held: it takes back what went out. */
export function holds(pause: PauseScope | null, { kind, alert }: Pick<Entry, 'kind' | 'alert'>): boolean {
  if (pause === null || kind === 'retraction') return false
  if (isOfAll(pause)) return true
  return (
    Object.keys(alert.texts).some((tag) => pause.languages.includes(tag)) ||
    alert.topics.some((topic) => pause.topics.includes(topic))
  )
}

/** Throws a Problem (423 `paused`) when the pause holds the entry back. */
export function refusePaused(pause: Pause, entry: Pick<Entry, 'kind' | 'alert'>): void {
  if (pause === null || !holds(pause, entry)) return
  throw new Problem(423, 'paused', `${pausedSentence(pause)} Nothing was published. ${wayOn}`)
}

/** What a rehearsal is told of a pause that would hold the real thing back; nothing where it would not. */
export function pauseWarnings(pause: Pause, entry: Pick<Entry, 'kind' | 'alert'>): readonly Mistake[] {
  if (pause === null || !holds(pause, entry)) return []
  return [{ pointer: '', detail: `${pausedSentence(pause)} As long as it is, this is refused. ${wayOn}` }]
}

const wayOn = 'An admin resumes it at the desk or with POST /v1/desk/resume; retractions pass.'

function pausedSentence(pause: NonNullable<Pause>): string {
  const by = pause.byName === null ? '' : ` by ${pause.byName}`
  return `Publishing is paused (${scopeText(pause)}) since ${pause.at}${by}: ${sentence(pause.reason)}`
}

/** With its full stop, whatever script it ends in. */
function sentence(text: string): string {
  return /[.!?…\u06d4\u061f\u3002\uff01\uff1f\u0964\u1362\u0589]["'”’»)\]]*$/.test(text) ? text : `${text}.`
}

/** The pause with more in it: one that holds everything goes on holding everything. */
export function widened(pause: PauseScope | null, more: PauseScope): PauseScope {
  if (pause === null) return more
  if (isOfAll(pause) || isOfAll(more)) return { languages: [], topics: [] }
  return { languages: union(pause.languages, more.languages), topics: union(pause.topics, more.topics) }
}

/**
 * The pause without some languages and topics, or none at all when `less` names nothing or nothing is left. Throws a
 * Problem (409 `not-paused-so`) when the pause does not name what is to be taken out.
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
  // Two empty lists would mean everything: what is left of nothing is no pause.
  return languages.length === 0 && topics.length === 0 ? null : { languages, topics }
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
