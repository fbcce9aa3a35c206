import { permit } from '../../auth/editor.ts'
import { parseDraft, parseRevision } from '../../domain/alert.ts'
import { type Alert, levels } from '../../domain/alert-types.ts'
import { applyChange, type Change } from '../../domain/change.ts'
import { type LevelRule, ruleFor } from '../../domain/level-rules.ts'
import { invalid, type Mistake } from '../../domain/problem.ts'
import { refusePaused } from '../pause.ts'
import type { Actor, Item, ItemState } from './item.ts'
import type { ActContext } from './item-acts.ts'
import { partsOf, type Timing } from './item-content.ts'
import { type PlannedTime, plannedTime, refusePlannedExpiry } from './planned-time.ts'

/** How long ahead something may be scheduled. */
const scheduleMsMax = 366 * 24 * 60 * 60 * 1_000

/** An item as far as the rules let it go. `isDue`: it is to be published now. */
type Ready = { readonly item: Item; readonly isDue: boolean }

/**
 * Checks a complete item against the rules and says how far it goes now. `asks`: its editor wants an approval also where no
 * rule does. `when`: `due` when its hold or schedule has ended, so that only its approvals are looked at. Throws a Problem for
 * what an alert cannot be, and for times that cannot be kept.
 */
export function readyItem(item: Item, asks: boolean, context: ActContext, when: 'now' | 'due' = 'now'): Ready {
  const { editor, newsroom, now } = context
  const alert = alertAfter(item, context, when)
  const rule = ruleFor(newsroom.rules, { kind: item.kind, alert, before: context.latest })
  // What a writer submits needs an editor, and of an approval that was asked for nothing is let off.
  const least = asks || editor?.role === 'writer' || item.approvalsWanted > 0 ? 1 : 0
  const approvalsWanted = item.kind === 'retraction' && editor?.role !== 'writer' ? 0 : Math.max(rule.approvals, least)
  const { timing } = partsOf(item.content)
  const { kind, submittedAt, content } = item
  const said = { kind, submittedAt, timing, expiresAt: content.expiresAt }
  const planned = when === 'now' ? plannedUnder(rule, said, now) : null
  const counted = item.approvals.filter(
    ({ hash, until, by }) => hash === item.hash && until > now && mayApproveNow(by, alert, context),
  )
  const isOverridden = item.override !== null && context.editorNow(item.override.by.id)?.role === 'admin'
  const override = isOverridden ? item.override : null
  const next = { ...item, approvals: counted, override, approvalsWanted: isOverridden ? 0 : approvalsWanted }
  if (counted.length < next.approvalsWanted)
    return { item: { ...next, state: 'awaiting-approval', releaseAt: null }, isDue: false }
  if (editor !== null) permit(editor, rule.role)
  if (planned === null) return due(next)
  const ready = timed(next, planned, newsroom.rules.missedSeconds)
  // What is only held would be missed. What is scheduled may find the pause ended.
  if (ready.item.state === 'held') refusePaused(context.pause, { kind: item.kind, alert })
  return ready
}

/** Whether who approved it may still do so: an approval counts no more once its giver's key has ended or may do less. */
function mayApproveNow({ id }: Actor, { level }: Pick<Alert, 'level'>, { editorNow }: ActContext): boolean {
  const approver = editorNow(id)
  return approver !== null && approver.role !== 'writer' && (approver.levels ?? levels).includes(level)
}

/** Whether who submitted, published or overrode it has a key still. */
export function isSubmitterGone({ submittedBy }: Item, { editorNow }: ActContext): boolean {
  return submittedBy !== null && editorNow(submittedBy.id) === null
}

/** How many other editors the rules want for what an item says so far; of something without a level yet: 0. */
export function approvalsOfDraft({ kind, content }: Item, { newsroom, latest }: ActContext): number {
  const level = content.level ?? latest?.level
  if (level === undefined) return 0
  const alert = {
    level,
    audience: content.audience ?? latest?.audience ?? 'public',
    texts: { ...latest?.texts, ...content.texts } as Alert['texts'],
  }
  return ruleFor(newsroom.rules, { kind, alert, before: latest }).approvals
}

function due(item: Item): Ready {
  return { item: { ...item, releaseAt: null }, isDue: true }
}

/** Nothing more is asked: it is held, scheduled or due. Approvals last until a scheduled item's time. */
function timed(item: Item, planned: PlannedTime, missedSeconds: number): Ready {
  if (planned.by === 'now') return due(item)
  const releaseMs = Date.parse(planned.at)
  const state: ItemState = planned.by === 'the end of its hold' ? 'held' : 'scheduled'
  const lastsUntil = new Date(releaseMs + missedSeconds * 1_000).toISOString()
  const approvals = item.approvals.map((it) => ({
    ...it,
    until: [it.until, lastsUntil].toSorted().at(-1) ?? lastsUntil,
  }))
  return { item: { ...item, state, releaseAt: new Date(releaseMs).toISOString(), approvals }, isDue: false }
}

/** What is said about when something goes out, and until when it is news. */
type SaidTimes = Pick<Item, 'kind' | 'submittedAt'> & {
  readonly timing: Timing
  readonly expiresAt: string | undefined
}

/**
 * When something goes out at the earliest under a rule, whose hold counts too: for a dry run as for what is published. Throws a
 * Problem (400) for times that cannot be kept, and for an expiry before it goes out.
 */
export function plannedUnder(rule: LevelRule, said: SaidTimes, now: string): PlannedTime {
  const { kind, timing, expiresAt } = said
  refuseTiming(timing, rule, said, now)
  const planned = plannedTime(timing, now, rule.holdSeconds)
  refusePlannedExpiry(kind, expiresAt, planned, now)
  return planned
}

/** Throws a Problem (400) with every time that cannot be kept. A time that has passed while it waited is no mistake. */
function refuseTiming(
  { holdSeconds, publishAt, embargoUntil }: Timing,
  rule: LevelRule,
  item: Pick<Item, 'kind' | 'submittedAt'>,
  now: string,
): void {
  const mistakes: Mistake[] = []
  if (holdSeconds !== undefined && holdSeconds < rule.leastHoldSeconds)
    mistakes.push({
      pointer: '/holdSeconds',
      code: 'hold-too-short',
      values: { seconds: rule.leastHoldSeconds },
      detail: `The newsroom's rules want a hold of at least ${rule.leastHoldSeconds} seconds here, not ${holdSeconds}.`,
    })
  const since = item.submittedAt ?? now
  for (const [name, at] of Object.entries({ publishAt, embargoUntil })) {
    if (at === undefined) continue
    if (at <= since)
      mistakes.push({
        pointer: `/${name}`,
        code: 'time-passed',
        detail: `${name} is ${at}, which has passed (it is ${now}). Give a later time, or none.`,
      })
    else if (Date.parse(at) > Date.parse(now) + scheduleMsMax)
      mistakes.push({
        pointer: `/${name}`,
        code: 'time-too-far',
        detail: `${name} is ${at}, more than a year ahead. Give an earlier time.`,
      })
  }
  if (publishAt !== undefined && embargoUntil !== undefined && publishAt < embargoUntil)
    mistakes.push({
      pointer: '/publishAt',
      code: 'before-embargo',
      detail: `publishAt is ${publishAt}, before embargoUntil (${embargoUntil}). Give a later time.`,
    })
  if (mistakes.length > 0) throw invalid(item.kind, mistakes)
}

/** The change that an item is, now. Throws a Problem for an item that is not complete. */
export function changeOf(item: Item, { newsroom, latest, now }: ActContext): Change {
  const { body } = partsOf(item.content)
  const by = (item.submittedBy ?? item.changedBy).id
  const made = { id: item.alertId, at: now, by, expirySeconds: newsroom.expirySeconds }
  if (item.kind === 'alert') return { kind: 'alert', draft: parseDraft(body, newsroom), ...made }
  return { kind: item.kind, revision: parseRevision(item.kind, body, newsroom, latest), ...made }
}

/**
 * The alert as it would stand after the item, at the time for which it is planned: with `due` that has come. Throws a Problem
 * for an expiry before it.
 */
export function alertAfter(item: Item, context: ActContext, when: 'now' | 'due' = 'now'): Alert {
  const { now, latest } = context
  const change = changeOf(item, context)
  if (when === 'due') return applyChange(change, latest)
  const planned = plannedTime(partsOf(item.content).timing, now)
  refusePlannedExpiry(item.kind, item.content.expiresAt, planned, now)
  return applyChange({ ...change, at: planned.at }, latest)
}
