import type { Alert } from '../alert.ts'
import { call } from './desk-api.ts'
import { levelNames } from './desk-config.ts'
import { watchDelivery } from './desk-delivery.ts'
import { byId, make, setChildren } from './dom.ts'
import { showLocalTimes } from './times.ts'

type Acts = {
  readonly revise: (alert: Alert, kind: 'update' | 'correction') => void
  readonly retract: (alert: Alert) => void
  readonly stop: (alert: Alert) => void
}

/** Several changes within a moment are read at once. */
const soonMs = 200

const marks = { live: '', updated: 'Update', corrected: 'Correction', retracted: 'Retracted' } as const

/** What was published, newest first, live and test: each can be updated, corrected, retracted and followed. */
export class DeskList {
  readonly #acts: Acts
  readonly #list = byId('sent', HTMLOListElement)
  #stale = false
  #soon: ReturnType<typeof setTimeout> | undefined

  constructor(acts: Acts) {
    this.#acts = acts
    byId('refresh', HTMLButtonElement).addEventListener('click', () => void this.refresh())
    this.#list.addEventListener('focusout', () => setTimeout(() => this.#catchUp()))
    // A dialog's close does not bubble, but it is seen on its way down.
    document.addEventListener('close', () => setTimeout(() => this.#catchUp()), true)
  }

  /** Something has been published: reads the list anew, but not under the hands of who is at one of its buttons. */
  refreshSoon(): void {
    this.#stale = true
    clearTimeout(this.#soon)
    this.#soon = setTimeout(() => this.#catchUp(), soonMs)
  }

  #catchUp(): void {
    // A dialog gives the focus back to the button that opened it: that must still be there.
    const isInUse = this.#list.contains(document.activeElement) || document.querySelector('dialog[open]') !== null
    if (this.#stale && !isInUse) void this.refresh()
  }

  /** Reads the list anew. `watch`: the alert whose delivery is shown at once. */
  async refresh(watch?: string): Promise<void> {
    this.#stale = false
    const [live, test] = await Promise.all([newest('public'), newest('test')])
    if (live === null) {
      byId('desk-message', HTMLElement).textContent = 'The published alerts could not be read. Try Refresh.'
      return
    }
    const alerts = [...live, ...(test ?? [])].sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))
    const open = new Set([watch, ...this.#openIds()])
    const focus = this.#focusKept()
    setChildren(this.#list, ...alerts.map((alert) => this.#item(alert, open.has(alert.id))))
    focus()
    byId('sent-none', HTMLElement).hidden = alerts.length > 0
    showLocalTimes(this.#list, 'en')
  }

  /** Where the focus is in the list; gives the way to put it back there, or near, when the list was made anew. */
  #focusKept(): () => void {
    const { activeElement } = document
    if (activeElement === null || !this.#list.contains(activeElement)) return () => {}
    const id = activeElement.closest<HTMLElement>('li[data-alert]')?.dataset.alert ?? ''
    const label = activeElement.getAttribute('aria-label')
    return () => {
      const item = this.#list.querySelector(`li[data-alert="${CSS.escape(id)}"]`)
      const same = [...(item?.querySelectorAll('button') ?? [])].find((it) => it.getAttribute('aria-label') === label)
      const near = same ?? item?.querySelector('summary') ?? byId('sent-title', HTMLElement)
      near.focus()
    }
  }

  /** The alerts whose deliveries somebody is looking at. */
  #openIds(): readonly (string | undefined)[] {
    return [...this.#list.querySelectorAll<HTMLLIElement>('li:has(details[open])')].map(({ dataset }) => dataset.alert)
  }

  #item(alert: Alert, open: boolean): HTMLElement {
    const [[tag, text] = ['en', undefined]] = Object.entries(alert.texts)
    const meta = make('p', { class: 'meta' }, make('span', { class: 'level' }, levelNames[alert.level]))
    if (alert.audience === 'test') meta.append(make('strong', { class: 'test' }, 'TEST'))
    if (alert.status !== 'live') meta.append(make('strong', { class: 'mark' }, marks[alert.status]))
    meta.append(make('time', { datetime: alert.changedAt }), make('bdi', {}, Object.keys(alert.texts).join(', ')))
    const address = `/${encodeURIComponent(tag)}/alerts/${encodeURIComponent(alert.id)}`
    const headline = text?.headline ?? alert.id
    const title =
      alert.audience === 'test' ? make('span', {}, headline) : make('a', { href: address, target: '_blank' }, headline)
    const card = make(
      'article',
      { class: 'alert', 'data-level': alert.level, 'data-status': alert.status },
      meta,
      make('h3', { class: 'headline', lang: tag, dir: 'auto' }, title),
      this.#buttons(alert, headline),
      delivery(alert, open),
    )
    return make('li', { 'data-alert': alert.id }, card)
  }

  #buttons(alert: Alert, headline: string): HTMLElement {
    const row = make('p', { class: 'buttons' })
    if (alert.status === 'retracted') return row
    const button = (label: string, act: () => void) => {
      const made = make('button', { type: 'button', 'aria-label': `${label}: ${headline}` }, label)
      made.addEventListener('click', act)
      row.append(made)
    }
    button('Correct', () => this.#acts.revise(alert, 'correction'))
    button('Update', () => this.#acts.revise(alert, 'update'))
    if (alert.level !== 'routine') button('Stop pushing', () => this.#acts.stop(alert))
    button('Retract', () => this.#acts.retract(alert))
    return row
  }
}

function delivery(alert: Alert, open: boolean): HTMLElement {
  const place = make('div', { class: 'deliveries' }, 'Asking…')
  const details = make('details', {}, make('summary', {}, 'See what happened'), place)
  details.addEventListener('toggle', () => {
    if (details.open) void watchDelivery(alert.id, place)
  })
  details.open = open
  return details
}

async function newest(audience: 'public' | 'test'): Promise<readonly Alert[] | null> {
  const query = `languages=*&limit=50${audience === 'test' ? '&audience=test' : ''}`
  const answer = await call<{ entries: readonly { seq: number; alert: Alert }[] }>(`/v1/alerts?${query}`)
  if (answer.result !== 'done') return null
  const newestOf = new Map<string, Alert>()
  for (const { alert } of answer.body.entries)
    if ((newestOf.get(alert.id)?.version ?? 0) < alert.version) newestOf.set(alert.id, alert)
  return [...newestOf.values()]
}
