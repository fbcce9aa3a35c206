import type { AlertChanged } from '../../../desk/difference.ts'
import type { Presence } from '../../../desk/items/presence.ts'
import type { Alert } from '../../../domain/alert-types.ts'
import type { Mistake } from '../../../domain/problem.ts'
import type { DryRun } from '../editing/desk-audience.ts'
import type { DeskDraft } from '../editing/desk-draft.ts'
import { type DeskItem, draftOfItem, writingIn } from '../editing/item-draft.ts'
import type { Search } from '../search/search-state.ts'
import { type Clash, isSameContent, mergeWritings, type Part, withPart } from './merge-writings.ts'
import type { ServerClock } from './server-clock.ts'

/** Who is signed in. */
export type DeskEditor = {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly expiresAt?: string
}

/** How far the draft's storing is. `browser`: only here so far; `unanswered`: the service does not answer; `refused`: it says why. */
export type Saving =
  | { readonly state: 'none' | 'browser' | 'lost' | 'saving' | 'saved' | 'unanswered' }
  | { readonly state: 'refused'; readonly detail: string }

/**
 * Another editor was faster. `clashes`: what this editor must choose; `gone`: it is no draft any more. `isBoth`: after the
 * merge the draft holds what the other has stored and what was only written here; else it is what the other has stored.
 */
export type Overtaken =
  | {
      readonly kind: 'merged'
      readonly item: DeskItem
      readonly clashes: readonly Clash[]
      readonly theirs: DeskDraft
      readonly isBoth: boolean
    }
  | { readonly kind: 'gone'; readonly item: DeskItem }

/** What the last look is at: the draft in the form, or an item that waits. */
export type Look = {
  readonly about: 'draft' | 'approval' | 'release'
  readonly item: DeskItem | null
  readonly draft: DeskDraft
  readonly dryRun: DryRun | null
  readonly overrideReason: string
  readonly isAsking: boolean
}

/** Whether this browser tells its editor of what waits for them. `impossible`: it has no notifications; `denied`: it blocks them here. */
export type Notices = 'on' | 'off' | 'denied' | 'impossible'

/** What began to wait for an approval while the page was open. Each name is of one waiting: what is submitted again is new. */
export type Arrivals = {
  /** What the page knew as waiting; null: it has not looked yet. */
  readonly known: readonly string[] | null
  /** Those of it that the editor was told of and has not gone to. */
  readonly told: readonly string[]
}

/** Everything that the live parts of the desk show. */
export type DeskState = {
  readonly me: DeskEditor | null
  readonly draft: DeskDraft
  readonly saving: Saving
  readonly overtaken: Overtaken | null
  /** What others did to the alert that the draft revises, told by a refusal. */
  readonly changed: AlertChanged | null
  /** Ids of the alerts that are known to be retracted: no change of them can be sent. */
  readonly retracted: readonly string[]
  /** `code`: of the problem that refused all of it, where that may end without the editor. */
  readonly mistakes: readonly Mistake[]
  /** Items that wait: for an approval, for their time, or for a decision. */
  readonly waiting: readonly DeskItem[]
  /** More wait than were read: the newest are shown. */
  readonly hasMoreWaiting: boolean
  /** What has begun to wait for an approval since the page was opened. */
  readonly arrivals: Arrivals
  readonly drafts: readonly DeskItem[]
  /** There are older drafts, which are not shown. */
  readonly hasMoreDrafts: boolean
  /** Who has which item open. */
  readonly presence: readonly Presence[]
  /** Drafts that only this browser has. */
  readonly kept: readonly DeskDraft[]
  readonly look: Look | null
  readonly search: Search
  readonly clock: ServerClock
  /** Unix milliseconds by this browser. */
  readonly now: number
  /** Whether this browser notifies of what waits for the editor's approval. */
  readonly notices: Notices
  readonly isNewerOut: boolean
  readonly isConnected: boolean
}

/** Whether the draft holds what the service does not. */
export function isUnsaved(draft: DeskDraft): boolean {
  return draft.item === null || !isSameContent(draft.item.base, writingIn(draft))
}

/** Whether somebody else may have it in hand: while it waits, it is not changed without taking it back. */
export function isWaiting({ state }: Pick<DeskItem, 'state'>): boolean {
  return state === 'awaiting-approval' || state === 'held' || state === 'scheduled'
}

/**
 * What becomes of the open draft when the service has a newer version of its item: what only the other changed is taken, what
 * both changed is asked about. `alert`: the alert that it revises.
 */
export function withNewerItem(state: DeskState, item: DeskItem, alert: Alert | null): DeskState {
  const { draft, overtaken } = state
  if (draft.item === null || draft.item.id !== item.id || item.version <= draft.item.version) return state
  // It is asked about already.
  if (overtaken?.item.id === item.id && overtaken.item.version >= item.version) return state
  if (item.state === 'published' || isWaiting(item)) return { ...state, overtaken: { kind: 'gone', item } }
  const [language = 'en'] = Object.keys(draft.texts)
  const theirs = draftOfItem(item, alert, draft.key, language)
  const kept = { id: item.id, version: item.version, base: writingIn(theirs) }
  // Only an answer was lost: it is what this editor sent.
  if (draft.item.sent !== undefined && isSameContent(draft.item.sent, writingIn(theirs)))
    return { ...state, draft: { ...draft, item: kept } }
  const { merged, clashes } = mergeWritings(draft.item.base, writingIn(draft), writingIn(theirs))
  // Until the editor has chosen, the draft stays at the version that it was written on: however the page is left, storing it
  // is refused and the question is asked again.
  const { id, version } = clashes.length === 0 ? kept : draft.item
  const base = clashes.reduce((all, { part }) => withPart(all, part, draft.item?.base ?? all), kept.base)
  const next: DeskDraft = { ...draft, ...merged, item: { id, version, base } }
  const isBoth = !isSameContent(writingIn(theirs), writingIn(next))
  return { ...state, draft: next, overtaken: { kind: 'merged', item, clashes, theirs, isBoth } }
}

/**
 * The draft was stored as this version: what was told of the version before is over, where nothing must be chosen. A merge
 * itself is stored once.
 */
export function withStored(state: DeskState, version: number): DeskState {
  const { overtaken } = state
  if (overtaken?.kind !== 'merged' || overtaken.clashes.length > 0) return state
  return version > overtaken.item.version + (overtaken.isBoth ? 1 : 0) ? { ...state, overtaken: null } : state
}

/** One clash decided. */
export function withDecision(state: DeskState, part: Part, whose: 'mine' | 'theirs'): DeskState {
  const { overtaken, draft } = state
  if (overtaken?.kind !== 'merged') return state
  const { item, theirs } = overtaken
  const clashes = overtaken.clashes.filter((it) => it.part !== part)
  const writing = whose === 'mine' ? writingIn(draft) : withPart(writingIn(draft), part, writingIn(theirs))
  // What was decided is not asked again when the page is loaded again before the rest is.
  const base = withPart(draft.item?.base ?? writingIn(theirs), part, writingIn(theirs))
  const { id, version } = clashes.length === 0 ? item : (draft.item ?? item)
  return {
    ...state,
    draft: { ...draft, ...writing, item: { id, version, base } },
    overtaken: clashes.length === 0 ? null : { ...overtaken, clashes },
  }
}

/** Whether nothing may be stored or sent: the editor must decide first. */
export function isUndecided({ overtaken }: Pick<DeskState, 'overtaken'>): boolean {
  return overtaken !== null && (overtaken.kind === 'gone' || overtaken.clashes.length > 0)
}

/** The held item that the key for cancelling is meant for: of those that this editor sent the last, which they were just told of. */
export function heldByMe({ waiting, me }: Pick<DeskState, 'waiting' | 'me'>): DeskItem | null {
  const mine = waiting.filter(({ state, submittedBy }) => state === 'held' && submittedBy?.id === me?.id)
  return [...mine].sort((a, b) => ((a.submittedAt ?? '') > (b.submittedAt ?? '') ? -1 : 1))[0] ?? null
}

/** Whether this editor may approve an item: they must not have written on it or submitted it. */
export function mayApprove(item: DeskItem, me: DeskState['me']): boolean {
  if (me === null || me.role === 'writer' || item.state !== 'awaiting-approval') return false
  const own = [...item.authors, ...(item.submittedBy === null ? [] : [item.submittedBy])]
  return !own.some(({ id }) => id === me.id) && !item.approvals.some(({ by }) => by.id === me.id)
}

/** The others who have an item open. */
export function othersIn(
  { presence, me }: Pick<DeskState, 'presence' | 'me'>,
  itemId: string | undefined,
): readonly Presence[] {
  return presence.filter((it) => it.itemId === itemId && it.by.id !== me?.id)
}

/** Who reads an item before approving it: as long as they do, nobody else changes it. */
export function lockOf(state: Pick<DeskState, 'presence' | 'me'>, { id, state: stands }: DeskItem): Presence | null {
  if (stands !== 'awaiting-approval') return null
  return othersIn(state, id).find(({ doing }) => doing === 'approving') ?? null
}

/** What a press in the last look does. */
export type LookAct = 'submit' | 'publish' | 'override' | 'approve'

export function actOfLook({ about, overrideReason, isAsking, dryRun }: Look, me: DeskState['me']): LookAct {
  if (me?.role === 'admin' && overrideReason.trim() !== '') return 'override'
  if (about === 'approval') return 'approve'
  if (about === 'release') return 'publish'
  return me?.role === 'writer' || isAsking || (dryRun?.rule?.approvals ?? 0) > 0 ? 'submit' : 'publish'
}

/** How many others must still approve after this press. */
export function approvalsLeft({ item, dryRun }: Pick<Look, 'item' | 'dryRun'>, act: LookAct): number {
  if (act === 'approve') return Math.max(0, (item?.approvalsWanted ?? 1) - (item?.approvals.length ?? 0) - 1)
  return Math.max(dryRun?.rule.approvals ?? 0, act === 'submit' ? 1 : 0)
}

/** Whether taking an item back is asked about first: a colleague counts on its going out. */
export function isColleagues({ submittedBy }: Pick<DeskItem, 'submittedBy'>, me: DeskState['me']): boolean {
  return submittedBy !== null && submittedBy.id !== me?.id
}

/** Puts an item's newer state into the lists; an older one changes nothing. */
export function withItem(state: DeskState, item: DeskItem): DeskState {
  const known = [...state.waiting, ...state.drafts].find(({ id }) => id === item.id)
  if (known !== undefined && known.version >= item.version) return state
  const others = (list: readonly DeskItem[]) => list.filter(({ id }) => id !== item.id)
  const isDraft = item.state === 'draft' || item.state === 'cancelled'
  const isOver = item.state === 'published'
  return {
    ...state,
    waiting: isDraft || isOver ? others(state.waiting) : [item, ...others(state.waiting)],
    drafts: isDraft ? [item, ...others(state.drafts)] : others(state.drafts),
  }
}
