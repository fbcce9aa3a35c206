import {
  type Alert,
  type Draft,
  type Kind,
  levels,
  type Revision,
  type Status,
  standingIn,
  type Text,
} from './alert.ts'
import { Problem } from './problem.ts'

type Made = { readonly id: string; readonly at: string; readonly by: string; readonly expirySeconds: number }

/** What an editor did to an alert, at a time: the log's input. `by` is an editor's id, `expirySeconds` the level's default. */
export type Change =
  | (Made & { readonly kind: 'alert'; readonly draft: Draft })
  | (Made & { readonly kind: Exclude<Kind, 'alert'>; readonly revision: Revision })

const statusAfter = { update: 'updated', correction: 'corrected', retraction: 'retracted' } as const satisfies Record<
  Exclude<Kind, 'alert'>,
  Status
>

/**
 * The alert as it stands after a change: pure, so that every log does the same inside its transaction.
 *
 * A change reaches everyone whom the alert has reached: languages stay, topics are only added, the level only rises.
 * Throws a Problem: 400 `already-expired`, 404 `no-such-alert`, 409 `alert-exists`, `alert-retracted`, `level-lowered` or `topics-narrowed`.
 */
export function applyChange(change: Change, latest: Alert | null): Alert {
  refusePast((change.kind === 'alert' ? change.draft : change.revision).expiresAt, change.at)
  if (change.kind === 'alert') {
    if (latest !== null)
      throw new Problem(
        409,
        'alert-exists',
        `There is an alert ${change.id} already. Publish without an id of your own.`,
      )
    return newAlert(change)
  }
  if (latest === null)
    throw new Problem(404, 'no-such-alert', `There is no alert ${change.id}. Check the id in the alert's own page.`)
  if (latest.status === 'retracted')
    throw new Problem(409, 'alert-retracted', 'The alert is retracted already. Publish a new alert instead.')
  return revised(change, latest)
}

/** Throws a Problem (400 `already-expired`) when an expiry is not after `at`. */
export function refusePast(expiresAt: string | undefined, at: string): void {
  if (expiresAt !== undefined && expiresAt <= at)
    throw new Problem(
      400,
      'already-expired',
      `expiresAt is ${expiresAt}, which has passed. Give a later time, or none.`,
    )
}

function newAlert(change: Change & { kind: 'alert' }): Alert {
  const { level, audience, topics, texts, expiresAt } = change.draft
  return {
    id: change.id,
    version: 1,
    level,
    audience,
    topics,
    status: 'live',
    texts,
    publishedAt: change.at,
    changedAt: change.at,
    expiresAt: expiresAt ?? later(change.at, change.expirySeconds),
  }
}

function revised(change: Exclude<Change, { kind: 'alert' }>, latest: Alert): Alert {
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
  const earliest = later(change.at, change.expirySeconds)
  const merged = { ...latest.texts, ...texts }
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
    changedAt: change.at,
    // A retraction after the first expiry must still reach the phones that show the alert.
    expiresAt: expiresAt ?? [earliest, latest.expiresAt].sort()[1] ?? earliest,
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

function later(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1_000).toISOString()
}

/**
 * What a change asks for, without who, when and which new id: two requests under one idempotency key are the same
 * exactly when these are equal. Keys are sorted, so that a client may write its JSON in any order.
 */
export function intention(change: Change): string {
  const asked = change.kind === 'alert' ? change.draft : { id: change.id, ...change.revision }
  return JSON.stringify({ kind: change.kind, ...asked }, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
