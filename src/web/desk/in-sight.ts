import { byId, make } from '../shared/dom.ts'

/** What stands between a notice and the control that has the focus. */
const gapPx = 8

/**
 * Puts what the editor must not miss into one region at the top that stays in sight, wherever they have scrolled to: what goes
 * out in a moment, a lost connection, an ended session, a question about the open draft. Gives the region.
 */
export function noticesInSight(): HTMLElement {
  const now = byId('desk-now', HTMLElement)
  const region = make('div', { id: 'desk-top' })
  now.before(region)
  region.append(now, byId('stale', HTMLElement))
  keepClear(region, 'start')
  return region
}

/** A region that lies over an edge of the page covers nothing that has the focus (WCAG 2.4.11), also when it appears or grows. */
export function keepClear(region: HTMLElement, edge: 'start' | 'end'): void {
  new ResizeObserver(() => {
    const height = region.offsetHeight
    const padding = height === 0 ? '' : `${height + gapPx}px`
    document.documentElement.style.setProperty(`scroll-padding-block-${edge}`, padding)
    if (edge === 'end') document.body.style.setProperty('padding-block-end', padding)
    if (height > 0) uncover(region, edge)
  }).observe(region)
}

function uncover(region: HTMLElement, edge: 'start' | 'end'): void {
  const { activeElement } = document
  if (activeElement === null || activeElement === document.body || region.contains(activeElement)) return
  if (activeElement.closest('dialog') !== null) return
  const covering = region.getBoundingClientRect()
  const focused = activeElement.getBoundingClientRect()
  // The browser itself keeps the line in sight that is typed in a field as high as the screen.
  if (focused.height > innerHeight - covering.height) return
  if (focused.bottom <= covering.top || focused.top >= covering.bottom) return
  scrollBy(0, edge === 'start' ? focused.top - covering.bottom - gapPx : focused.bottom - covering.top + gapPx)
}
