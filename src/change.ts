import {
  type Alert,
  alertLimits,
  type Draft,
  type Kind,
  type Level,
  levels,
  type Revision,
  type Status,
  standingIn,
  type Text,
  type TextChange,
} from './alert.ts'
import { pointerTo } from './parse.ts'
import { invalid, type Mistake, Problem } from './problem.ts'

type Made = {
  readonly id: string
  readonly at: string
  readonly by: string
  readonly expirySeconds: Readonly<Record<Level, number>>
}

/** Which versions of an alert a revision may be applied to, where it says so beside its body: in `If-Match`. */
export type Expected = readonly number[] | undefined

/** What an editor did to an alert, at a time: the log's input. `by` is an editor's id, `expirySeconds` each level's default. */
export type Change =
  | (Made & { readonly kind: 'alert'; readonly draft: Draft })
  | (Made & { readonly kind: Exclude<Kind, 'alert'>; readonly revision: Revision; readonly expected?: Expected })

type RevisionChange = Exclude<Change, { kind: 'alert' }>

const statusAfter = { update: 'updated', correction: 'corrected', retraction: 'retracted' } as const satisfies Record<
  Exclude<Kind, 'alert'>,
  Status
>

/**
 * The alert as it stands after a change: pure, so that every log does the same inside its transaction. `notBefore` is the
 * time of the log's newest entry: a clock that steps back must not date a change before what it follows.
 *
 * A change reaches everyone whom the alert has reached: languages stay, topics are only added, the level only rises.
 * Throws a Problem: 400 `already-expired`, `expires-too-late` or `invalid`, 404 `no-such-alert`, 409 `alert-exists`,
 * `alert-changed`, `alert-retracted`, `level-lowered` or `topics-narrowed`.
 */
export function applyChange(change: Change, latest: Alert | null, notBefore = ''): Alert {
  refuseExpiry((change.kind === 'alert' ? change.draft : change.revision).expiresAt, change.at)
  const at = latestOf(change.at, notBefore, latest?.changedAt ?? '')
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
  refuseOtherVersion(change, latest)
  if (latest.status === 'retracted')
    throw new Problem(409, 'alert-retracted', 'The alert is retracted already. Publish a new alert instead.')
  return revised(change, latest, at)
}

/** Throws a Problem (400) when an expiry is not after `at`, or later than anybody can mean. */
/** Throws a Problem (400 `already-expired`, `expires-too-late`) for an expiry that a change made at `at` cannot have. */
export function refuseExpiry(expiresAt: string | undefined, at: string): void {
  if (expiresAt === undefined) return
  const refuse = (code: string, detail: string) => {
    throw new Problem(400, code, detail, { errors: [{ pointer: '/expiresAt', detail }] })
  }
  if (expiresAt <= at)
    refuse('already-expired', `expiresAt is ${expiresAt}, which has passed. Give a later time, or none.`)
  const last = later(at, alertLimits.expiresInSecondsMax)
  if (expiresAt > last)
    refuse(
      'expires-too-late',
      `expiresAt is ${expiresAt}; ${last} is the latest that is taken. Give an earlier time, or none.`,
    )
}

/** Throws a Problem (409 `alert-changed`) when the alert is not the one that the editor saw. */
function refuseOtherVersion({ kind, revision, expected }: RevisionChange, latest: Alert): void {
  const isSeen = revision.version === undefined || revision.version === latest.version
  if (isSeen && (expected === undefined || expected.includes(latest.version))) return
  const seen = [...new Set([revision.version ?? [], expected ?? []].flat())].join(', ')
  throw new Problem(
    409,
    'alert-changed',
    `The ${kind} was written on version ${seen || 'that is not known here'} of the alert, and the newest is ${latest.version}. Nothing was published. Read what changed, and send it on version ${latest.version} if it still holds.`,
    { extensions: { version: latest.version } },
  )
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

function revised(change: RevisionChange, latest: Alert, at: string): Alert {
  const { level = latest.level, topics = latest.topics, texts = {}, note, expiresAt } = change.revision
  if (levels.indexOf(level) > levels.indexOf(latest.level))
    throw new Problem(
      409,
      'level-lowered',
      `The alert went out as ${latest.level}; as ${level}, readers who had it would not hear of this ${change.kind}. Leave the level out.`,
    )
  // No topics at all means every reader of the languages, so it is the widest.
  const narrowed = topics.length > 0 && (latest.topics.length === 0 || latest.topics.some((it) => !topics.includes(it)))
  if (narrowed)
    throw new Problem(
      409,
      'topics-narrowed',
      `Topics can be added but not taken away: readers who had the alert must hear of this ${change.kind}. It has ${latest.topics.join(', ') || 'every topic'}.`,
    )
  const merged = { ...latest.texts, ...changedTexts(change.kind, texts, latest.texts) }
  const { untouched: _, ...before } = latest
  const untouched = change.kind === 'correction' ? untouchedBy(latest, merged, note) : undefined
  return {
    ...before,
    version: latest.version + 1,
    level,
    topics,
    status: statusAfter[change.kind],
    texts: merged,
    note,
    ...(untouched === undefined ? {} : { untouched }),
    changedAt: at,
    // A retraction after the first expiry must still reach the phones that show the alert.
    expiresAt: expiresAt ?? latestOf(later(at, change.expirySeconds[level]), latest.expiresAt),
  }
}

/**
 * The languages in which a correction says nothing: neither a note nor a new text. There the alert stands as it stood
 * before, because a correction without words would pass off the uncorrected text as corrected.
 */
function untouchedBy(latest: Alert, texts: Alert['texts'], note: Alert['note'] = {}): Alert['untouched'] | undefined {
  const untouched = Object.entries(latest.texts)
    .filter(([tag, before]) => !Object.hasOwn(note, tag) && isSameText(texts[tag], before))
    .map(([tag]) => [tag, standingIn(latest, tag)] as const)
  return untouched.length === 0 ? undefined : Object.fromEntries(untouched)
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

/** The texts that a revision names, each merged with how it stands. Throws a Problem (400) for what a new text lacks. */
function changedTexts(
  kind: Kind,
  changes: Readonly<Record<string, TextChange>>,
  before: Alert['texts'],
): Record<string, Text> {
  const mistakes: Mistake[] = []
  const lacks = (path: readonly string[], detail: string) => {
    mistakes.push({ pointer: pointerTo(['texts', ...path]), detail })
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

/** The latest of some times; '' is before them all. */
function latestOf(...times: readonly string[]): string {
  return times.toSorted().at(-1) ?? ''
}

function later(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1_000).toISOString()
}

/**
 * What a change asks for, without who, when and which new id: two requests under one idempotency key are the same
 * exactly when these are equal. Keys are sorted, so that a client may write its JSON in any order. The version in a body is
 * part of what it asks for. `If-Match` is not: it is a condition, and whoever asks again after a lost answer may have read a
 * newer tag by then.
 */
export function intention(change: Change): string {
  const asked = change.kind === 'alert' ? change.draft : { id: change.id, ...change.revision }
  return JSON.stringify({ kind: change.kind, ...asked }, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
