import { alertLimits, type Draft, notesElsewhere, type Revision, type TextChange } from './alert.ts'
import { type Alert, type Kind, type Level, levels, type Status, type StoredAlert, type Text } from './alert-types.ts'
import { pointerTo } from './parsing/parse.ts'
import { invalid, type Mistake, Problem } from './problem.ts'
import { statusIn } from './rendering/in-language.ts'
import { correctionsAfter } from './rendering/last-correction.ts'

type Made = {
  readonly id: string
  readonly at: string
  readonly by: string
  readonly expirySeconds: Readonly<Record<Level, number>>
}

/** Versions of an alert that a revision may be applied to, from `If-Match`. */
export type Expected = readonly number[] | undefined

/** A change of an alert, as the log takes it. `at`: RFC 3339; `by`: an editor's id; `expirySeconds`: each level's default. */
export type Change =
  | (Made & { readonly kind: 'alert'; readonly draft: Draft })
  | (Made & { readonly kind: Exclude<Kind, 'alert'>; readonly revision: Revision; readonly expected?: Expected })

type RevisionChange = Exclude<Change, { kind: 'alert' }>

const statusAfter = { update: 'updated', correction: 'corrected', retraction: 'retracted' } as const satisfies Record<
  Exclude<Kind, 'alert'>,
  Status
>

/**
 * Returns the alert as it stands after a change. Pure, so that every log calls it inside its transaction. `notBefore`: the
 * time of the log's newest entry; a change is never dated before it, also where the clock was set back.
 *
 * Whoever was sent the alert is sent the change: languages stay, topics are only added, the level only rises.
 * Throws a Problem: 400 `already-expired`, `expires-too-late` or `invalid` (also where it would change nothing), 404
 * `no-such-alert`, 409 `alert-exists`, `alert-changed`, `alert-retracted`, `level-lowered` or `topics-narrowed`.
 */
export function applyChange(change: Change, latest: StoredAlert | null, notBefore = ''): StoredAlert {
  const at = latestOf(change.at, notBefore, latest?.changedAt ?? '')
  refuseExpiry((change.kind === 'alert' ? change.draft : change.revision).expiresAt, at, change.at)
  if (change.kind === 'alert') {
    if (latest !== null)
      throw new Problem(
        409,
        'alert-exists',
        `There is an alert ${change.id} already. Publish without an id of your own.`,
      )
    return newAlert(change, at)
  }
  if (latest === null)
    throw new Problem(404, 'no-such-alert', `There is no alert ${change.id}. Check the id in the alert's own page.`)
  // Before the version: nothing can be sent on any version of a retracted alert.
  if (latest.status === 'retracted') throw alreadyRetracted(change.kind, latest)
  refuseOtherVersion(change, latest)
  return revised(change, latest, at)
}

/**
 * Throws a Problem (400 `already-expired`, `expires-too-late`) for an expiry that a change cannot have: one that is not
 * after `at`, the time of the change, or later than the maximum. `clock`: the present time, where it differs from `at`.
 */
export function refuseExpiry(expiresAt: string | undefined, at: string, clock = at): void {
  if (expiresAt === undefined) return
  const refuse = (code: string, detail: string) => {
    throw new Problem(400, code, detail, { errors: [{ pointer: '/expiresAt', code, detail }] })
  }
  if (expiresAt <= clock)
    refuse('already-expired', `expiresAt is ${expiresAt}, which has passed. Give a later time, or none.`)
  if (expiresAt <= at)
    refuse(
      'already-expired',
      `expiresAt is ${expiresAt}, and this would be dated ${at}: the newest entry of the log is ahead of the clock (${clock}). Give a later time, or none.`,
    )
  const last = later(at, alertLimits.expiresInSecondsMax)
  if (expiresAt > last)
    refuse(
      'expires-too-late',
      `expiresAt is ${expiresAt}; ${last} is the latest that is taken. Give an earlier time, or none.`,
    )
}

/** The Problem (409 `alert-retracted`) for a change of an alert that is retracted: `kind` is that of the change. */
export function alreadyRetracted(kind: Kind, { version, changedAt }: Pick<Alert, 'version' | 'changedAt'>): Problem {
  const detail =
    kind === 'retraction'
      ? `The alert is retracted already, since ${changedAt}, and its readers were told. Nothing was published, and nothing is left to do.`
      : `The alert is retracted since ${changedAt}, for good: no ${kind} of it can be sent. Nothing was published. Publish a new alert instead.`
  return new Problem(409, 'alert-retracted', detail, { extensions: { version } })
}

/** Throws a Problem (409 `alert-changed`) when the alert has another version than the editor saw. */
function refuseOtherVersion({ kind, revision, expected }: RevisionChange, latest: Alert): void {
  const isSeen = revision.version === undefined || revision.version === latest.version
  if (isSeen && (expected === undefined || expected.includes(latest.version))) return
  const seen = [...new Set([revision.version ?? [], expected ?? []].flat())]
  const isAhead = seen.length > 0 && seen.every((version) => version > latest.version)
  const detail = isAhead
    ? `There is no version ${seen.join(', ')} of the alert yet; the newest is ${latest.version}. Nothing was published. Read the alert, and send the ${kind} on version ${latest.version} if it holds there.`
    : `The ${kind} was written on version ${seen.join(', ') || 'that is not known here'} of the alert, and the newest is ${latest.version}. Nothing was published. Read what changed, and send it on version ${latest.version} if it still holds.`
  throw new Problem(409, 'alert-changed', detail, { extensions: { version: latest.version } })
}

function newAlert(change: Change & { kind: 'alert' }, at: string): Alert {
  const { level, audience, topics, texts, expiresAt } = change.draft
  return {
    id: change.id,
    version: 1,
    level,
    audience,
    topics,
    status: 'live',
    texts,
    publishedAt: at,
    changedAt: at,
    expiresAt: expiresAt ?? later(at, change.expirySeconds[level]),
  }
}

function revised(change: RevisionChange, latest: StoredAlert, at: string): StoredAlert {
  const { level = latest.level, topics = latest.topics, texts = {}, note, expiresAt } = change.revision
  refuseNarrower(change.kind, latest, level, topics)
  const merged = { ...latest.texts, ...changedTexts(change, texts, latest.texts) }
  refuseNothingNew(change, latest, merged)
  const { untouched: _, addedLanguages: __, lastCorrections: ___, ...before } = latest
  const added = change.kind === 'retraction' ? [] : addedBy(latest, merged, note)
  const untouched = isForAll(change, latest) ? undefined : untouchedBy(latest, merged, note)
  const after: Alert = {
    ...before,
    version: latest.version + 1,
    level,
    topics,
    status: statusAfter[change.kind],
    texts: merged,
    note,
    ...(untouched === undefined ? {} : { untouched }),
    ...(added.length === 0 ? {} : { addedLanguages: added }),
    changedAt: at,
    expiresAt: expiresAt ?? expiryAfter(change, latest, level, at),
  }
  return { ...after, ...correctionsAfter(latest, after) }
}

/** Throws a Problem (409) when somebody who was sent the alert would not be sent the change. */
function refuseNarrower(kind: Kind, latest: Alert, level: Level, topics: readonly string[]): void {
  if (levels.indexOf(level) > levels.indexOf(latest.level))
    throw new Problem(
      409,
      'level-lowered',
      `The alert went out as ${latest.level}; as ${level}, readers who had it would not hear of this ${kind}. Leave the level out.`,
    )
  // An alert without topics is sent to every reader of its languages: no list of topics is wider.
  const narrowed = topics.length > 0 && (latest.topics.length === 0 || latest.topics.some((it) => !topics.includes(it)))
  if (narrowed)
    throw new Problem(
      409,
      'topics-narrowed',
      `Topics can be added but not taken away: readers who had the alert must hear of this ${kind}. It has ${latest.topics.join(', ') || 'every topic'}.`,
    )
}

/** Throws a Problem (400) when the revision would change nothing: its readers would be notified for nothing. */
function refuseNothingNew({ kind, revision }: RevisionChange, latest: Alert, texts: Alert['texts']): void {
  const { level, topics, note = {}, expiresAt } = revision
  const status = statusAfter[kind]
  const isNewNote = ([tag, words]: [string, string]) => {
    const standing = statusIn(latest, tag)
    return standing.note !== words || standing.status !== status
  }
  const isNew =
    kind === 'retraction' ||
    (level ?? latest.level) !== latest.level ||
    !isSameTopics(topics ?? latest.topics, latest.topics) ||
    (expiresAt ?? latest.expiresAt) !== latest.expiresAt ||
    Object.entries(texts).some(
      ([tag, text]) => !Object.hasOwn(latest.texts, tag) || !isSameText(latest.texts[tag], text),
    ) ||
    Object.entries(note).some(isNewNote)
  if (isNew) return
  const detail = `It changes nothing: version ${latest.version} of the alert, of ${latest.changedAt}, says all of it already. Nothing was published.`
  throw invalid(kind, [{ pointer: '', code: 'nothing-new', detail }])
}

function isSameTopics(topics: readonly string[], others: readonly string[]): boolean {
  return topics.length === others.length && topics.every((topic) => others.includes(topic))
}

/** Whether a change concerns every language: a retraction, or an update that raises the level or adds topics. */
function isForAll({ kind, revision }: RevisionChange, latest: Alert): boolean {
  if (kind !== 'update') return kind === 'retraction'
  const { level = latest.level, topics = latest.topics } = revision
  return level !== latest.level || !isSameTopics(topics, latest.topics)
}

/**
 * The expiry after a change that names none. A default expiry moves on with the change: the same span from the change's
 * time, or a raised level's default where that is longer. An expiry that an editor gave stays through updates until it
 * has passed. A correction or a retraction lasts for its level's default at least, so that it reaches the phones that
 * show the alert. An expiry counts as a default when it lies exactly one level's default after the change; if the
 * newsroom's defaults have changed since, it counts as given.
 */
function expiryAfter({ kind, expirySeconds }: RevisionChange, latest: Alert, level: Level, at: string): string {
  const usual = later(at, expirySeconds[level])
  const span = levels.map((it) => expirySeconds[it]).find((it) => later(latest.changedAt, it) === latest.expiresAt)
  if (span !== undefined) return latestOf(later(at, span), usual)
  if (kind === 'update') return latest.expiresAt > at ? latest.expiresAt : usual
  return latestOf(latest.expiresAt, usual)
}

/**
 * The languages in which an update or a correction says nothing: neither a note nor a new text. The alert keeps its status
 * there. Otherwise an uncorrected text would be marked as corrected, or an old one as new.
 */
function untouchedBy(latest: Alert, texts: Alert['texts'], note: Alert['note'] = {}): Alert['untouched'] | undefined {
  const untouched = Object.entries(latest.texts)
    .filter(([tag, before]) => !Object.hasOwn(note, tag) && isSameText(texts[tag], before))
    .map(([tag]) => [tag, statusIn(latest, tag)] as const)
  return untouched.length === 0 ? undefined : Object.fromEntries(untouched)
}

/** The languages that a change adds without a note. With a note, which refers to what was sent before, it is no new alert there. */
function addedBy(latest: Alert, texts: Alert['texts'], note: Alert['note'] = {}): readonly string[] {
  return Object.keys(texts).filter((tag) => !Object.hasOwn(latest.texts, tag) && !Object.hasOwn(note, tag))
}

function isSameText(text: Text | undefined, before: Text): boolean {
  return (
    text !== undefined &&
    text.headline === before.headline &&
    text.summary === before.summary &&
    text.url === before.url &&
    text.image?.url === before.image?.url &&
    text.image?.alt === before.image?.alt
  )
}

/** The texts that a revision names, each merged with the present one. Throws a Problem (400) for a field that a new text lacks, and for a note without a text. */
function changedTexts(
  { kind, revision }: RevisionChange,
  changes: Readonly<Record<string, TextChange>>,
  before: Alert['texts'],
): Record<string, Text> {
  const mistakes: Mistake[] = []
  const lacks = (path: readonly string[], detail: string) => {
    mistakes.push({ pointer: pointerTo(['texts', ...path]), code: 'missing', detail })
    return ''
  }
  const texts = Object.entries(changes).map(([tag, change]) => {
    const text = Object.hasOwn(before, tag) ? before[tag] : undefined
    const headline =
      change.headline ??
      text?.headline ??
      lacks([tag, 'headline'], 'The alert has no text in this language yet: a headline is wanted.')
    const url = change.url === undefined ? text?.url : change.url
    const image = changedImage(change.image, text?.image, (part, wanted) =>
      lacks([tag, 'image', part], `There is no image here yet: ${wanted} is wanted.`),
    )
    const summary = change.summary === undefined ? text?.summary : change.summary
    return [tag, { headline, summary: summary ?? '', ...(url ? { url } : {}), ...(image ? { image } : {}) }] as const
  })
  mistakes.push(...notesElsewhere(revision.note, [...Object.keys(before), ...Object.keys(changes)]))
  if (mistakes.length > 0) throw invalid(kind, mistakes)
  return Object.fromEntries(texts)
}

function changedImage(
  change: TextChange['image'],
  before: Text['image'],
  lacks: (part: 'url' | 'alt', wanted: string) => string,
): Text['image'] | null {
  if (change === undefined || change === null) return change === null ? null : before
  return {
    url: change.url ?? before?.url ?? lacks('url', 'its https address'),
    alt: change.alt ?? before?.alt ?? lacks('alt', 'a description'),
  }
}

/** The latest of some times (RFC 3339); '' is earlier than any. */
function latestOf(...times: readonly string[]): string {
  return times.toSorted().at(-1) ?? ''
}

function later(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1_000).toISOString()
}

/**
 * The request of a change as text, without editor, time and new id. Two requests with one idempotency key are the same
 * request when these are equal. Keys are sorted, so that a client may write its JSON in any order. The version in a body
 * is part of the request. `If-Match` is not: a client that repeats a request whose response was lost may have read a newer
 * ETag by then.
 */
export function intention(change: Change): string {
  const asked = change.kind === 'alert' ? change.draft : { id: change.id, ...change.revision }
  return JSON.stringify({ kind: change.kind, ...asked }, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
