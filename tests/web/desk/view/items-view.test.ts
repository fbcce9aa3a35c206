import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { draftOfItem } from '../../../../src/web/desk/editing/item-draft.ts'
import type { DeskState } from '../../../../src/web/desk/state/desk-state.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { itemsView } from '../../../../src/web/desk/view/items-view.ts'
import { textOfView } from './view-elements.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })

const at = '2026-11-27T12:00:00.000Z'
const by = { id: 'anna', name: 'Anna' }
const missed = {
  ...{ id: 'one', version: 1, state: 'missed', kind: 'alert', alertId: 'a', hash: 'h', texts: {} },
  ...{ createdAt: at, createdBy: by, changedAt: at, changedBy: by, authors: [by], textsBy: {} },
  ...{ submittedBy: by, submittedAt: at, approvalsWanted: 0, approvals: [], override: null },
  ...{ releaseAt: null, refusal: null, published: null },
} as DeskItem

test.each([true, false])('that more waits than is shown is said, and only then: %s', (hasMoreWaiting) => {
  const state = {
    ...{ me: { ...by, role: 'editor' }, draft: draftOfItem(missed, null, 'key', 'en'), waiting: [missed, missed] },
    ...{ drafts: [], kept: [], presence: [], hasMoreDrafts: false, hasMoreWaiting, now: 0 },
  } as unknown as DeskState
  const config = { languages: [], topics: [] } as unknown as Parameters<typeof itemsView>[1]
  const said = textOfView(itemsView(state, config, {} as Parameters<typeof itemsView>[2]))
  expect(said.includes('Only the newest 2 are shown: more wait.')).toBe(hasMoreWaiting)
})
