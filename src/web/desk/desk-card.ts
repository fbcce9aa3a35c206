import type { Alert } from '../../domain/alert-types.ts'
import { make, setChildren } from '../shared/dom.ts'
import { watchDelivery } from './desk-delivery.ts'
import { t } from './state/desk-words.ts'
import { levelWord } from './view/parts/level-words.ts'

export type DeskActs = {
  readonly revise: (alert: Alert, kind: 'update' | 'correction') => void
  readonly retract: (alert: Alert) => void
  readonly stop: (alert: Alert) => void
  /** Whether this editor's role allows what a button does; the service checks it again. */
  readonly mayDo: (label: Label) => boolean
}

const marks = { updated: 'kind_update', corrected: 'kind_correction', retracted: 'markRetracted' } as const
/** What the buttons do, as they are called; their words are the desk's. */
const words = {
  Correct: 'actCorrect',
  Update: 'actUpdate',
  'Stop pushing': 'stopPushing',
  Retract: 'actRetract',
} as const
const labels = ['Correct', 'Update', 'Stop pushing', 'Retract'] as const
export type Label = (typeof labels)[number]

/**
 * One published alert in the desk's list. A newer version is filled into the same elements: a button that has the focus,
 * or that a dialog gives the focus back to, stays what it is.
 */
export class DeskCard {
  readonly element: HTMLLIElement
  readonly #meta = make('p', { class: 'meta' })
  readonly #title = make('h3', { class: 'headline', dir: 'auto' })
  readonly #row = make('p', { class: 'buttons' })
  readonly #summary = make('summary', {}, t('seeWhatHappened'))
  readonly #details = make('details', {}, this.#summary)
  readonly #article = make('article', { class: 'alert' }, this.#meta, this.#title, this.#row, this.#details)
  readonly #buttons: ReadonlyMap<Label, HTMLButtonElement>
  readonly #acts: DeskActs
  #alert: Alert
  #place: HTMLElement | null = null

  constructor(alert: Alert, acts: DeskActs) {
    this.#alert = alert
    this.#acts = acts
    this.element = make('li', { 'data-alert': alert.id }, this.#article)
    const act: Readonly<Record<Label, () => void>> = {
      Correct: () => acts.revise(this.#alert, 'correction'),
      Update: () => acts.revise(this.#alert, 'update'),
      'Stop pushing': () => acts.stop(this.#alert),
      Retract: () => acts.retract(this.#alert),
    }
    this.#buttons = new Map(
      labels.map((label) => {
        const button = make('button', { type: 'button' }, t(words[label]))
        button.addEventListener('click', act[label])
        return [label, button]
      }),
    )
    for (const button of this.#buttons.values()) this.#row.append(button, ' ')
    this.#details.addEventListener('toggle', () => {
      if (this.#details.open && this.#place === null) this.#watch()
      if (!this.#details.open) this.#unwatch()
    })
    this.#fill()
  }

  /** Shows the current state of the alert. A response that is older than what is shown changes nothing. */
  show(alert: Alert): void {
    if (alert.version <= this.#alert.version) return
    const { activeElement } = document
    const isAtTitle = this.#title.contains(activeElement)
    this.#alert = alert
    this.#fill()
    if (this.#details.open) this.#watch()
    // Removing the focused element would move the focus to the start of the page.
    if (isAtTitle) this.#title.querySelector('a')?.focus()
    else if (this.#isHidden(activeElement)) this.focus()
  }

  /** Another editor may be signed in. */
  offer(): void {
    this.#fill()
  }

  /** Opens the alert's delivery counts, and requests them again. */
  watch(): void {
    this.#watch()
    this.#details.open = true
  }

  /** Puts the focus where the alert can be worked on: at its button with this label, while there is one. */
  focus(label?: Label): void {
    const button = label === undefined ? undefined : this.#buttons.get(label)
    const place = button === undefined || button.hidden ? this.#summary : button
    place.focus()
  }

  #isHidden(element: Element | null): boolean {
    return [...this.#buttons.values()].some((button) => button === element && button.hidden)
  }

  #watch(): void {
    this.#unwatch()
    const place = make('div', { class: 'deliveries' }, t('askingCounts'))
    this.#place = place
    this.#details.append(place)
    void watchDelivery(this.#alert.id, place)
  }

  #unwatch(): void {
    this.#place?.remove()
    this.#place = null
  }

  #fill(): void {
    const { id, level, audience, status, changedAt, texts } = this.#alert
    const [[tag, text] = ['en', undefined]] = Object.entries(texts)
    const headline = text?.headline ?? id
    Object.assign(this.#article.dataset, { level, status })
    setChildren(
      this.#meta,
      make('span', { class: 'level' }, levelWord(level)),
      ' ',
      ...(audience === 'test' ? [make('strong', { class: 'test' }, 'TEST'), ' '] : []),
      ...(status === 'live' ? [] : [make('strong', { class: 'mark' }, t(marks[status])), ' ']),
      make('time', { datetime: changedAt }),
      ' ',
      make('bdi', {}, Object.keys(texts).join(', ')),
    )
    const address = `/${encodeURIComponent(tag)}/alerts/${encodeURIComponent(id)}`
    this.#title.lang = tag
    setChildren(
      this.#title,
      audience === 'test' ? make('span', {}, headline) : make('a', { href: address, target: '_blank' }, headline),
    )
    for (const [label, button] of this.#buttons) {
      button.setAttribute('aria-label', `${t(words[label])}: ${headline}`)
      button.hidden =
        status === 'retracted' || !this.#acts.mayDo(label) || (label === 'Stop pushing' && level === 'routine')
    }
    this.#row.hidden = status === 'retracted'
  }
}
