import { expect, test } from 'vitest'
import type { Alert } from '../../../../src/domain/alert-types.ts'
import { newDraft } from '../../../../src/web/desk/editing/desk-draft.ts'
import { type DeskItem, draftOfItem, writingIn } from '../../../../src/web/desk/editing/item-draft.ts'
import { noArrivals } from '../../../../src/web/desk/items/arrivals.ts'
import { noSearch } from '../../../../src/web/desk/search/search-state.ts'
import {
  actOfLook,
  approvalsLeft,
  type DeskState,
  heldByMe,
  isColleagues,
  isUndecided,
  isUnsaved,
  type Look,
  mayApprove,
  withDecision,
  withItem,
  withNewerItem,
  withStored,
} from '../../../../src/web/desk/state/desk-state.ts'
import { unknownClock } from '../../../../src/web/desk/state/server-clock.ts'

const anna = { id: 'anna', name: 'Anna', role: 'editor' }
const boris = { id: 'boris', name: 'Boris' }
const at = '2026-11-27T12:00:00.000Z'

function item(changed: Partial<DeskItem>): DeskItem {
  return {
    ...{ id: 'one', version: 1, state: 'draft', kind: 'alert', alertId: 'a', hash: 'h' },
    ...{ createdAt: at, createdBy: boris, changedAt: at, changedBy: boris, authors: [boris], textsBy: {} },
    ...{ submittedBy: null, submittedAt: null, approvalsWanted: 0, approvals: [], override: null },
    ...{ releaseAt: null, refusal: null, published: null },
    texts: { en: { headline: 'Quake' } },
    ...changed,
  }
}

function stateWith(changed: Partial<DeskState>): DeskState {
  return {
    ...{ me: anna, draft: draftOfItem(item({}), null, 'key', 'en'), saving: { state: 'saved' as const } },
    ...{
      overtaken: null,
      changed: null,
      arrivals: noArrivals,
      retracted: [],
      mistakes: [],
      waiting: [],
      drafts: [],
      hasMoreWaiting: false,
      hasMoreDrafts: false,
      presence: [],
      kept: [],
      look: null,
      search: noSearch,
    },
    ...{ clock: unknownClock, now: 0, notices: 'off' as const, isNewerOut: false, isConnected: true },
    ...changed,
  }
}

const writing = (state: DeskState, headline: string): DeskState => ({
  ...state,
  draft: { ...state.draft, texts: { ...state.draft.texts, en: { headline, summary: '', url: '' } } },
})

test('what a colleague wrote in another language comes in beside what is written here, and only that is still unsaved', () => {
  const before = writing(stateWith({}), 'Quake in Herat')
  const newer = item({ version: 2, texts: { en: { headline: 'Quake' }, fa: { headline: 'زلزله' } } })
  const after = withNewerItem(before, newer, null)
  expect(after.draft.texts).toMatchObject({ en: { headline: 'Quake in Herat' }, fa: { headline: 'زلزله' } })
  expect(after.draft.item?.version).toBe(2)
  expect([isUndecided(after), isUnsaved(after.draft)]).toEqual([false, true])
})

test('the same language in two hands: nothing is stored until the editor has chosen', () => {
  const before = writing(stateWith({}), 'Quake in Herat')
  const newer = item({ version: 2, texts: { en: { headline: 'Quake in Balkh' } } })
  const asked = withNewerItem(before, newer, null)
  expect([isUndecided(asked), asked.draft.texts.en?.headline]).toEqual([true, 'Quake in Herat'])
  const mine = withDecision(asked, 'texts/en', 'mine')
  expect([isUndecided(mine), isUnsaved(mine.draft), mine.draft.texts.en?.headline]).toEqual([
    false,
    true,
    'Quake in Herat',
  ])
  const theirs = withDecision(asked, 'texts/en', 'theirs')
  expect([isUndecided(theirs), isUnsaved(theirs.draft), theirs.draft.texts.en?.headline]).toEqual([
    false,
    false,
    'Quake in Balkh',
  ])
})

test('an answer that was lost is not taken for a colleague', () => {
  const before = writing(stateWith({}), 'Quake in Herat')
  const { draft } = before
  const kept = draft.item === null ? null : { ...draft.item, sent: writingIn(draft) }
  const typedOn = writing({ ...before, draft: { ...draft, item: kept } }, 'Quake in Herat, Afghanistan')
  const after = withNewerItem(typedOn, item({ version: 2, texts: { en: { headline: 'Quake in Herat' } } }), null)
  expect([after.overtaken, after.draft.item?.version, after.draft.texts.en?.headline]).toEqual([
    null,
    2,
    'Quake in Herat, Afghanistan',
  ])
})

test.each(['published', 'held', 'scheduled', 'awaiting-approval'] as const)(
  'a draft that is %s meanwhile is not written over',
  (state) => {
    const after = withNewerItem(writing(stateWith({}), 'Mine'), item({ version: 2, state }), null)
    expect([after.overtaken?.kind, isUndecided(after), after.draft.texts.en?.headline]).toEqual(['gone', true, 'Mine'])
  },
)

test('what is told of a merge says what the draft holds, and is over when another version is stored here', () => {
  const newer = item({ version: 2, texts: { en: { headline: 'Quake in Balkh' } } })
  const isBoth = ({ overtaken }: DeskState) => (overtaken?.kind === 'merged' ? overtaken.isBoth : null)
  // A colleague has decided for their own text over this editor's, which was stored.
  const theirs = withNewerItem(stateWith({}), newer, null)
  expect([isBoth(theirs), theirs.draft.texts.en?.headline]).toEqual([false, 'Quake in Balkh'])
  expect(withStored(theirs, 2)).toBe(theirs)
  expect(withStored(theirs, 3).overtaken).toBeNull()
  const both = withNewerItem(writing(stateWith({}), 'Mine'), item({ version: 2, level: 'flash' }), null)
  expect(isBoth(both)).toBe(true)
  // The merge itself is stored first.
  expect([withStored(both, 3).overtaken, withStored(both, 4).overtaken]).toEqual([both.overtaken, null])
  const asked = withNewerItem(writing(stateWith({}), 'Mine'), newer, null)
  expect(withStored(asked, 9)).toBe(asked)
})

test('an older version, and another item, change nothing', () => {
  const before = writing(stateWith({}), 'Mine')
  expect(withNewerItem(before, item({ version: 1 }), null)).toBe(before)
  expect(withNewerItem(before, item({ id: 'two', version: 9 }), null)).toBe(before)
})

test('who wrote on an item, submitted it or approved it already does not approve it; nor does a writer', () => {
  const waits = item({ state: 'awaiting-approval', submittedBy: boris, approvalsWanted: 1 })
  expect(mayApprove(waits, anna)).toBe(true)
  expect(mayApprove({ ...waits, authors: [boris, anna] }, anna)).toBe(false)
  expect(mayApprove({ ...waits, submittedBy: anna }, anna)).toBe(false)
  expect(mayApprove({ ...waits, approvals: [{ by: anna, at, until: at, hash: 'h' }] }, anna)).toBe(false)
  expect(mayApprove(waits, { ...anna, role: 'writer' })).toBe(false)
  expect(mayApprove({ ...waits, state: 'draft' }, anna)).toBe(false)
})

test('the key for cancelling means what this editor sent last', () => {
  const held = (id: string, submittedAt: string, by = anna) => item({ id, state: 'held', submittedAt, submittedBy: by })
  const waiting = [held('first', '2026-11-27T12:00:03.000Z'), held('last', '2026-11-27T12:00:09.000Z')]
  expect(heldByMe({ me: anna, waiting })?.id).toBe('last')
  expect(heldByMe({ me: anna, waiting: waiting.toReversed() })?.id).toBe('last')
  expect(heldByMe({ me: anna, waiting: [held('theirs', at, { ...anna, ...boris })] })).toBeNull()
  expect(heldByMe({ me: anna, waiting: [item({ state: 'scheduled', submittedBy: anna })] })).toBeNull()
})

test('a newer state of an item moves it between the lists, and an older one does not move it back', () => {
  const before = stateWith({ drafts: [item({})] })
  const held = withItem(before, item({ version: 2, state: 'held' }))
  expect([held.drafts, held.waiting.map(({ version }) => version)]).toEqual([[], [2]])
  expect(withItem(held, item({ version: 1 }))).toBe(held)
  const out = withItem(held, item({ version: 3, state: 'published' }))
  expect([out.drafts, out.waiting]).toEqual([[], []])
})

test('the last look submits where a second person is wanted, and publishes over the rule only for an admin with a reason', () => {
  const rule = (approvals: number) => ({ approvals, holdSeconds: 0, leastHoldSeconds: 0, role: 'editor' as const })
  const look = (changed: Partial<Look>, approvals = 0): Look => ({
    ...{ about: 'draft', item: null, draft: newDraft('en'), overrideReason: '', isAsking: false },
    dryRun: {
      ...{ warnings: [], audience: {}, socketsAtLeast: false, previews: {}, rule: rule(approvals) },
      ...{ missing: [], recent: [], sending: [], lastDay: {} },
    },
    ...changed,
  })
  const admin = { ...anna, role: 'admin' }
  expect(actOfLook(look({}), anna)).toBe('publish')
  expect(actOfLook(look({}), { ...anna, role: 'writer' })).toBe('submit')
  expect(actOfLook(look({ isAsking: true }), anna)).toBe('submit')
  expect(actOfLook(look({}, 1), anna)).toBe('submit')
  expect(actOfLook(look({ overrideReason: 'Tsunami.' }, 1), anna)).toBe('submit')
  expect(actOfLook(look({ overrideReason: ' ' }, 1), admin)).toBe('submit')
  expect(actOfLook(look({ overrideReason: 'Tsunami.' }, 1), admin)).toBe('override')
  expect(actOfLook(look({ about: 'approval' }), anna)).toBe('approve')
  expect(actOfLook(look({ about: 'release' }, 1), anna)).toBe('publish')
})

test('a revision is opened over the alert as it stands, with what the item changes', () => {
  const alert: Alert = {
    ...{ id: 'a', version: 3, level: 'urgent', audience: 'public', topics: ['rights'], status: 'live' },
    texts: {
      en: { headline: 'Five killed', summary: 'In Kabul.', url: 'https://a.example/' },
      fa: { headline: 'پنج', summary: '' },
    },
    ...{ publishedAt: at, changedAt: at, expiresAt: at },
  }
  const correction = item({
    kind: 'correction',
    texts: { en: { summary: null } },
    note: { en: 'No place.' },
    alertVersion: 3,
  })
  const draft = draftOfItem(correction, alert, 'key', 'en')
  expect(draft).toMatchObject({
    kind: 'correction',
    level: 'urgent',
    texts: { en: { headline: 'Five killed', summary: '', url: 'https://a.example/' }, fa: { headline: 'پنج' } },
    note: { en: 'No place.', fa: '' },
  })
})

const twoTexts = (en: string, fa: string) => ({ en: { headline: en }, fa: { headline: fa } })

/** Two languages that both changed, Boris first. */
function conflict(): { readonly asked: DeskState; readonly newer: DeskItem } {
  const opened = draftOfItem(item({ texts: twoTexts('Quake', 'زلزله') }), null, 'key', 'en')
  const text = (headline: string) => ({ headline, summary: '', url: '' })
  const mine = { ...opened, texts: { en: text('Quake in Herat'), fa: text('زلزله در هرات') } }
  const newer = item({ version: 2, texts: twoTexts('Quake in Balkh', 'زلزله در بلخ') })
  return { asked: withNewerItem(stateWith({ draft: mine }), newer, null), newer }
}

test('a conflict that was left without a choice is there again: what is kept is at the version that it was written on', () => {
  const { asked, newer } = conflict()
  // A reload keeps the draft alone.
  const loaded = withNewerItem(stateWith({ draft: JSON.parse(JSON.stringify(asked.draft)) }), newer, null)
  expect([loaded.draft.item?.version, isUndecided(loaded), isUnsaved(loaded.draft)]).toEqual([1, true, true])
  expect(loaded.overtaken).toEqual(asked.overtaken)
  // One part decided, then a reload: only the other is asked about, and the choice stands.
  const half = withDecision(asked, 'texts/en', 'mine')
  const again = withNewerItem(stateWith({ draft: half.draft }), newer, null)
  expect(again.overtaken).toMatchObject({ kind: 'merged', clashes: [{ part: 'texts/fa' }] })
  const whole = withDecision(again, 'texts/fa', 'theirs')
  expect(whole.draft).toMatchObject({ item: { version: 2 }, texts: twoTexts('Quake in Herat', 'زلزله در بلخ') })
  expect([isUndecided(whole), isUnsaved(whole.draft)]).toEqual([false, true])
})

test('the same newer version asks once, and a still newer one keeps what was decided', () => {
  const { asked, newer } = conflict()
  expect(withNewerItem(asked, newer, null)).toBe(asked)
  const half = withDecision(asked, 'texts/en', 'mine')
  const third = item({ version: 3, texts: { ...twoTexts('Quake in Balkh', 'زلزله در کابل') } })
  const after = withNewerItem(half, third, null)
  expect(after.overtaken).toMatchObject({ item: { version: 3 }, clashes: [{ part: 'texts/fa' }] })
  expect(after.draft.texts.en?.headline).toBe('Quake in Herat')
})

test('what a colleague submitted is asked about before it is taken back; one’s own is not', () => {
  expect(isColleagues({ submittedBy: boris }, anna)).toBe(true)
  expect(isColleagues({ submittedBy: anna }, anna)).toBe(false)
  expect(isColleagues({ submittedBy: null }, anna)).toBe(false)
})

type Of = Parameters<typeof approvalsLeft>[0]

test('who approves counts: what is left is what others must still do', () => {
  const item = (approvalsWanted: number, given: number) =>
    ({ item: { approvalsWanted, approvals: Array.from({ length: given }) }, dryRun: { rule: { approvals: 1 } } }) as Of
  expect(approvalsLeft(item(1, 0), 'approve')).toBe(0)
  expect(approvalsLeft(item(2, 0), 'approve')).toBe(1)
  expect(approvalsLeft(item(2, 1), 'approve')).toBe(0)
  expect(approvalsLeft(item(1, 0), 'submit')).toBe(1)
  expect(approvalsLeft({ item: null, dryRun: null }, 'submit')).toBe(1)
  expect(approvalsLeft({ item: null, dryRun: null }, 'publish')).toBe(0)
})
