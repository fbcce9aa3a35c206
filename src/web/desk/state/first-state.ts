import type { DeskDraft } from '../editing/desk-draft.ts'
import { noArrivals } from '../items/arrivals.ts'
import { noSearch } from '../search/search-state.ts'
import type { DeskState, Notices } from './desk-state.ts'
import { unknownClock } from './server-clock.ts'

/** What the desk shows before anything is known of the service. `draft`: what was in the form when the page was left. */
export function firstState(draft: DeskDraft, notices: Notices): DeskState {
  return {
    ...{ me: null, draft, saving: { state: 'none' }, overtaken: null, changed: null, retracted: [], mistakes: [] },
    ...{
      waiting: [],
      arrivals: noArrivals,
      drafts: [],
      hasMoreWaiting: false,
      hasMoreDrafts: false,
      presence: [],
      kept: [],
      look: null,
      search: noSearch,
    },
    ...{ clock: unknownClock, now: Date.now(), notices, isNewerOut: false, isConnected: true },
  }
}
