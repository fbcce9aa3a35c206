import { render } from 'preact'
import type { Alert } from '../../../domain/alert-types.ts'
import type { ProblemBody } from '../../../domain/problem.ts'
import { byId } from '../../shared/dom.ts'
import { sending } from '../busy-button.ts'
import { onClosed } from '../dialogs/on-closed.ts'
import type { Say } from '../state/item-news.ts'
import { Published } from './published.ts'
import type { PublishedAct } from './published-state.ts'
import { publishedView } from './published-view.ts'

type Asks = {
  readonly say: Say
  readonly isSignedOut: (problem: ProblemBody) => boolean
  readonly act: (act: PublishedAct, alert: Alert) => void
  /** The alerts were read. */
  readonly read: (alerts: readonly Alert[]) => void
}

/** How often "5 minutes ago" is written again. */
const renewMs = 30_000

/** Shows what was published in its place. Gives what reads it, and the way to an alert's buttons. */
export function offerPublished({ say, isSignedOut, act, read }: Asks) {
  const place = byId('published-place', HTMLElement)
  const isInUse = () =>
    document.getElementById('sent')?.contains(document.activeElement) === true ||
    document.querySelector('dialog[open]') !== null
  let shown: readonly Alert[] | null = null
  const published = new Published({
    ...{ say, isSignedOut, isInUse },
    changed: (state) => {
      keepingFocus(place, () => render(publishedView(state, acts), place))
      if (state.alerts !== null && state.alerts !== shown) read(state.alerts)
      shown = state.alerts
    },
  })
  const acts = {
    ...{ act },
    refresh: () => sending(published.refreshAsked()),
    look: (id: string, isShown: boolean) => published.look(id, isShown),
  }
  render(publishedView(published.state, acts), place)
  setInterval(() => published.tick(), renewMs)
  const later = () => setTimeout(() => published.catchUp())
  place.addEventListener('focusout', later)
  onClosed(document, later)
  return { published, focus: (alertId: string, wanted?: PublishedAct) => focusOn(alertId, wanted) }
}

/**
 * Changes the list and keeps the focus: what has it may be moved, which takes the focus from it, hidden or removed. Then
 * the focus goes to the same alert, or to the list's title.
 */
function keepingFocus(place: HTMLElement, change: () => void): void {
  const { activeElement } = document
  const focused = activeElement instanceof HTMLElement && place.contains(activeElement) ? activeElement : null
  const alertId = focused?.closest<HTMLElement>('[data-alert]')?.dataset.alert
  change()
  if (focused === null || alertId === undefined) return
  if (!focused.isConnected || focused.closest('[hidden]') !== null) focusOn(alertId)
  else if (document.activeElement !== focused) focused.focus()
}

/** Puts the focus on an alert's button, or near it when it has none any more. */
function focusOn(alertId: string, act?: PublishedAct): void {
  const item = document.querySelector(`#sent [data-alert="${CSS.escape(alertId)}"]`)
  const button = act === undefined ? null : item?.querySelector<HTMLElement>(`[data-act="${act}"]`)
  const place = button?.closest('[hidden]') === null ? button : item?.querySelector('summary')
  const found = place ?? byId('sent-title', HTMLElement)
  found.focus()
}
