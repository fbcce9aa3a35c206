import type { Editor } from '../../auth/editor.ts'
import { permit, permitLevel } from '../../auth/editor.ts'
import { Problem } from '../../domain/problem.ts'
import { isLostRace, isNothingNew, withDeeds } from '../alert-races.ts'
import type { AuditLine } from '../audit.ts'
import {
  type Actor,
  answerOf,
  type Item,
  type ItemState,
  isEndedByRetraction,
  isOwnItem,
  noSuchItem,
  waitingStates,
} from './item.ts'
import type { ActContext, ActOutcome, ItemAct } from './item-acts.ts'
import { awaitsAlready, itemChanged, namesOf, refuseOtherVersion, refuseUnless, refuseUnread } from './item-refusals.ts'
import { refuseLocked } from './presence.ts'
import { alertAfter, approvalsOfDraft, changeOf, isSubmitterGone, readyItem } from './ready-item.ts'

const everything: readonly ItemState[] = ['draft', ...waitingStates, 'cancelled']

/**
 * What an act makes of an item: the state machine of the desk. Pure, so that every store runs it inside the transaction that
 * stores the item, appends the alert and writes the audit log. Throws a Problem when the act is refused; then nothing changes.
 * Null: there is nothing to do (a release whose time has not come).
 *
 *     draft ──submit──▶ awaiting-approval ──approve──▶ held, scheduled ──release──▶ published
 *       ▲ ▲────save, from any state but published────────┘ │ └─cancel─▶ cancelled
 *       └──publish, where no approval is wanted────────────┘   late: missed; not taken by the log: refused;
 *                                                              its alert is retracted: refused at once (retracted-alert.ts)
 */
export function actOnItem(item: Item | null, act: ItemAct, itemId: string, context: ActContext): ActOutcome | null {
  if (act.act === 'create') return created(item, act, itemId, context)
  if (item === null) throw noSuchItem()
  if (act.act === 'release') return released(item, context)
  const editor = editorOf(context)
  switch (act.act) {
    case 'save':
      refuseUnless(item, everything)
      // Its answer was lost, and it is sent again: it is in the audit log already.
      if (isSaved(item, act, editor)) return { item, change: null, audit: [] }
      refuseOtherVersion(item, act.version)
      refuseLocked(item, context.locks, editor, { item: answerOf(item) })
      return outcome(edited(item, act, editor, context.now), 'save', context)
    case 'submit':
      if (item.state === 'awaiting-approval') throw awaitsAlready(item, editor)
      refuseUnless(item, ['draft', 'missed', 'refused', 'cancelled'])
      refuseUnread(item, act.version, editor)
      return going(submitted(item, editor, context.now), { asks: true }, 'submit', context)
    case 'publish':
      return published(item, act, editor, context)
    case 'approve':
      // What the alert's retraction has ended is answered as what comes after it.
      if (isEndedByRetraction(item)) alertAfter(item, context)
      return approved(item, act.hash, editor, context)
    case 'cancel':
      refuseUnless(item, waitingStates)
      return outcome(moved(stopped(item), 'cancelled', editor, context.now), 'cancel', context)
    case 'delete':
      refuseUnless(item, ['draft', 'cancelled'])
      refuseOtherVersion(item, act.version)
      return { item: null, change: null, audit: [lineOf(item, 'delete', context)] }
  }
}

function created(
  item: Item | null,
  { kind, alertId, content, hash }: Extract<ItemAct, { act: 'create' }>,
  id: string,
  context: ActContext,
): ActOutcome {
  if (item !== null) throw new Problem(409, 'item-exists', 'There is an item with this id already.')
  if (kind !== 'alert' && context.latest === null)
    throw new Problem(404, 'no-such-alert', `There is no alert ${alertId}. Check the id in the alert's own page.`)
  const editor = editorOf(context)
  const by = actorOf(editor)
  const made: Item = {
    ...{ id, version: 1, state: 'draft', kind, alertId, content, hash },
    ...{ createdAt: context.now, createdBy: by, changedAt: context.now, changedBy: by, authors: [by] },
    textsBy: Object.fromEntries(Object.keys(content.texts ?? {}).map((tag) => [tag, by])),
    ...{ submittedBy: null, submittedAt: null, approvalsWanted: 0, approvals: [], override: null },
    ...{ releaseAt: null, refusal: null, published: null },
  }
  return outcome(made, 'create', context)
}

/** Whether the item is what this editor's same request has made of it already. */
function isSaved(item: Item, { version, hash }: Extract<ItemAct, { act: 'save' }>, editor: Editor): boolean {
  return item.state === 'draft' && item.version === version + 1 && item.hash === hash && item.changedBy.id === editor.id
}

/** Any change of an item undoes its approvals and stops its hold. */
function edited(item: Item, { content, hash }: Extract<ItemAct, { act: 'save' }>, editor: Editor, now: string): Item {
  if (hash === item.hash)
    return { ...stopped(item), state: 'draft', version: item.version + 1, changedAt: now, changedBy: actorOf(editor) }
  const by = actorOf(editor)
  const before = item.content.texts ?? {}
  const texts = Object.entries(content.texts ?? {}).map(([tag, text]) => {
    const isSame = Object.hasOwn(before, tag) && JSON.stringify(before[tag]) === JSON.stringify(text)
    return [tag, isSame ? (item.textsBy[tag] ?? by) : by] as const
  })
  return {
    ...moved(stopped(item), 'draft', editor, now),
    ...{ content, hash, textsBy: Object.fromEntries(texts) },
    authors: item.authors.some(({ id }) => id === by.id) ? item.authors : [...item.authors, by],
  }
}

function stopped(item: Item): Item {
  return {
    ...item,
    submittedBy: null,
    submittedAt: null,
    approvals: [],
    override: null,
    releaseAt: null,
    refusal: null,
  }
}

function submitted(item: Item, editor: Editor, now: string): Item {
  return { ...stopped(item), submittedBy: actorOf(editor), submittedAt: now }
}

function published(
  item: Item,
  { version, overrideReason }: Extract<ItemAct, { act: 'publish' }>,
  editor: Editor,
  context: ActContext,
): ActOutcome {
  refuseUnless(item, ['draft', 'awaiting-approval', 'missed', 'refused', 'cancelled'])
  refuseOtherVersion(item, version)
  permit(editor, overrideReason === undefined ? 'editor' : 'admin')
  // An override is an admin's, who may end the lock too.
  if (overrideReason === undefined) refuseLocked(item, context.locks, editor, { item: answerOf(item) })
  // What a writer has submitted where no rule wants an approval, an editor may publish instead.
  if (overrideReason === undefined && item.state === 'awaiting-approval' && approvalsOfDraft(item, context) > 0)
    throw awaitsAlready(item, editor)
  refuseUnread(item, version, editor)
  if (overrideReason !== undefined) {
    const override = { by: actorOf(editor), at: context.now, reason: overrideReason }
    return going({ ...submitted(item, editor, context.now), override }, {}, 'override', context)
  }
  // Of what others have approved already, nothing is asked again.
  const isApproved = item.state === 'missed' || item.state === 'refused'
  const by = actorOf(editor)
  const again = isApproved
    ? { ...item, submittedBy: by, releaseAt: null, refusal: null }
    : { ...submitted(item, editor, context.now), approvalsWanted: 0 }
  return going(again, {}, 'publish', context)
}

function approved(item: Item, hash: string, editor: Editor, context: ActContext): ActOutcome {
  refuseUnless(item, ['awaiting-approval'])
  permit(editor, 'editor')
  if (hash !== item.hash)
    throw itemChanged(
      item,
      `It does not say any more what you read; it was written by ${namesOf(item.authors)}. Nothing was approved. Read it again, and approve what it says now.`,
    )
  if (isOwnItem(item, editor.id))
    throw new Problem(
      403,
      'own-item',
      'You have written on this item or submitted it; another editor must approve it. An admin may override with a reason.',
    )
  if (item.approvals.some(({ by }) => by.id === editor.id))
    throw new Problem(409, 'approved-already', 'You have approved this item already; it waits for another editor.')
  if (isSubmitterGone(item, context))
    throw new Problem(
      409,
      'submitter-gone',
      `The key of ${item.submittedBy?.name ?? 'who submitted it'}, who submitted it, has ended since. Nothing was approved: it would not go out. Cancel it and publish it yourself; another editor then approves it, or an admin overrides with a reason.`,
    )
  const { approvalSeconds } = context.newsroom.rules
  const until = new Date(Date.parse(context.now) + approvalSeconds * 1_000).toISOString()
  const approvals = [...item.approvals, { by: actorOf(editor), at: context.now, until, hash }]
  return going({ ...item, approvals }, { asks: item.approvalsWanted > 0 }, 'approve', context)
}

/** The item goes as far as the rules let it: it waits for approval, is held or scheduled, or is published at once. */
function going(item: Item, { asks = false }: { asks?: boolean }, act: string, context: ActContext): ActOutcome {
  // Who submits asks others; who publishes or approves must be allowed to.
  if (act !== 'submit') permitLevel(editorOf(context), alertAfter(item, context).level, item.kind)
  const ready = readyItem(item, asks, context)
  const next = acted({ ...ready.item, version: item.version + 1, changedAt: context.now }, act, context)
  const change = ready.isDue ? changeOf(next, context) : null
  return { item: next, change, audit: [lineOf(next, act, context)] }
}

function released(item: Item, context: ActContext): ActOutcome | null {
  if ((item.state !== 'held' && item.state !== 'scheduled') || item.releaseAt === null || item.releaseAt > context.now)
    return null
  const next = { ...item, version: item.version + 1, changedAt: context.now }
  const lateMs = Date.parse(context.now) - Date.parse(item.releaseAt)
  if (lateMs > context.newsroom.rules.missedSeconds * 1_000) return missedItem(item, 'missed', context)
  if (isSubmitterGone(item, context)) return missedItem(item, 'key-ended', context)
  try {
    const ready = readyItem({ ...next, releaseAt: null }, false, context, 'due')
    if (ready.isDue)
      return {
        item: ready.item,
        change: changeOf(ready.item, context),
        audit: [lineOf(ready.item, 'release', context)],
      }
    const { approvals, override } = ready.item
    if (hasLostGiver(item, ready.item, context.now))
      return missedItem({ ...item, approvals, override }, 'key-ended', context)
    return outcome(ready.item, 'release', context)
  } catch (error) {
    if (error instanceof Problem) return refusedItem(item, error, context)
    throw error
  }
}

/** Whether an approval or an override counts no more although its time has not passed: whoever gave it could do so no more. */
function hasLostGiver({ approvals, override }: Item, ready: Item, now: string): boolean {
  const isLost = approvals.some((it) => it.until > now && !ready.approvals.includes(it))
  return isLost || (override !== null && ready.override === null)
}

/** An item whose time passed while it could not go out: an editor is asked. `why`: the act in the audit log. */
export function missedItem(item: Item, why: 'missed' | 'paused' | 'key-ended', context: ActContext): ActOutcome {
  const missed: Item = { ...item, version: item.version + 1, state: 'missed', releaseAt: null, changedAt: context.now }
  return outcome(missed, why, context)
}

/** What an item becomes that the log did not take at its time. */
export function refusedItem(
  item: Item,
  problem: Problem,
  context: Pick<ActContext, 'now' | 'editor' | 'latestChange'>,
): ActOutcome {
  const { latestChange } = context
  // What says nothing new by now was new when it was submitted.
  const isRace = (isLostRace(problem) || isNothingNew(problem)) && latestChange !== null
  const { code, message, errors } = isRace ? withDeeds(problem, [latestChange]) : problem
  const refusal = {
    ...{ code, detail: message, at: context.now },
    ...(isRace ? { by: latestChange.by, changedAt: latestChange.at } : {}),
    ...(errors.length > 0 ? { errors: [...errors] } : {}),
  }
  const refused: Item = {
    ...item,
    version: item.version + 1,
    state: 'refused',
    releaseAt: null,
    refusal,
    changedAt: context.now,
  }
  return { item: acted(refused, 'refused', context), change: null, audit: [lineOf(refused, 'refused', context)] }
}

function moved(item: Item, state: ItemState, editor: Editor, now: string): Item {
  return { ...item, state, version: item.version + 1, changedAt: now, changedBy: actorOf(editor) }
}

function outcome(item: Item, act: string, context: ActContext): ActOutcome {
  const isDraft = item.state === 'draft' || item.state === 'cancelled'
  const after = isDraft ? { ...item, approvalsWanted: approvalsOfDraft(item, context) } : item
  return { item: acted(after, act, context), change: null, audit: [lineOf(item, act, context)] }
}

/** Notes who did what last. A release is nobody's: who let it go out stays. */
function acted(item: Item, act: string, { editor }: Pick<ActContext, 'editor'>): Item {
  return { ...item, lastAct: { act, by: editor === null ? null : actorOf(editor) } }
}

function lineOf(item: Item, act: string, { now, editor }: Pick<ActContext, 'now' | 'editor'>): AuditLine {
  const { id, kind, alertId, content, hash, version, state, releaseAt, override, refusal } = item
  return {
    ...{ at: now, by: editor === null ? null : actorOf(editor), act, itemId: id, alertId },
    detail: {
      ...{ kind, version, state, hash },
      ...{ level: content.level, audience: content.audience, topics: content.topics },
      languages: Object.keys(content.texts ?? {}),
      ...(releaseAt === null ? {} : { releaseAt }),
      ...(override === null ? {} : { overrideReason: override.reason }),
      ...(refusal === null ? {} : { refusal: refusal.code, ...changeBehind(refusal) }),
    },
  }
}

/** Who changed the alert before the item, and when, where that is why it was refused. */
function changeBehind({ by, changedAt }: NonNullable<Item['refusal']>): object {
  return changedAt === undefined ? {} : { alertChangedBy: by ?? null, alertChangedAt: changedAt }
}

function editorOf({ editor }: ActContext): Editor {
  if (editor === null) throw new Error('only an editor does this')
  return editor
}

export function actorOf({ id, name }: Pick<Editor, 'id' | 'name'>): Actor {
  return { id, name }
}
