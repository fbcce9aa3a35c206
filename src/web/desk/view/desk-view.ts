import { Fragment, h, render } from 'preact'
import type { Alert } from '../../../domain/alert-types.ts'
import { byId } from '../../shared/dom.ts'
import type { DeskConfig } from '../desk-config.ts'
import type { DeskItem } from '../editing/item-draft.ts'
import { othersAwaiting } from '../items/arrivals.ts'
import { arrivalsView } from '../items/arrivals-view.ts'
import { amount } from '../state/amounts.ts'
import type { DeskState } from '../state/desk-state.ts'
import { bannersView } from './banners-view.ts'
import { changedMeanwhileView } from './changed-view.ts'
import { type ComposeActs, composeView } from './compose-view.ts'
import { heldView } from './held-view.ts'
import { helpView } from './help-view.ts'
import { type ItemActs, itemsView } from './items-view.ts'
import { noticesView } from './notices-view.ts'
import { type OvertakenActs, overtakenView } from './overtaken-view.ts'

/** What the buttons of the desk's live parts do. */
export type DeskViewActs = {
  readonly reload: () => void
  readonly cancel: (item: DeskItem) => void
  /** Goes to what has begun to wait for an approval. */
  readonly arrived: (items: readonly DeskItem[]) => void
  readonly overtaken: OvertakenActs
  readonly compose: ComposeActs
  readonly items: ItemActs
  /** Goes on from an alert as it is now. */
  readonly goOn: (newest: Alert) => void
  readonly notices: Parameters<typeof noticesView>[1]
}

/** Gives the function that shows a state in the places that the page has for it. */
export function drawDesk(config: DeskConfig, acts: DeskViewActs): (state: DeskState) => void {
  const { title } = document
  return (state) => {
    const waits = state.me === null ? 0 : othersAwaiting(state).length
    document.title = waits === 0 ? title : `(${amount(waits)}) ${title}`
    render(
      h(
        Fragment,
        {},
        // What can be cancelled is first.
        heldView(state, acts.cancel),
        arrivalsView(state, acts.arrived),
        bannersView(state, { reload: acts.reload, showOvertaken: acts.overtaken.show }),
      ),
      byId('desk-now', HTMLElement),
    )
    render(changedMeanwhileView(state.changed, config, acts.goOn), byId('changed-place', HTMLElement))
    render(
      h(Fragment, {}, overtakenView(state, config, acts.overtaken), composeView(state, config, acts.compose)),
      byId('compose-place', HTMLElement),
    )
    render(
      h(Fragment, {}, itemsView(state, config, acts.items), noticesView(state, acts.notices)),
      byId('items-place', HTMLElement),
    )
    render(helpView(), byId('help-keys', HTMLElement))
  }
}
