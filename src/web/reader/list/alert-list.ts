import type { Rendered } from '../../../domain/alert-types.ts'
import { byId, nodesOf, setChildren, within } from '../../shared/dom.ts'
import { keepingFocus } from '../../shared/focus.ts'
import { type ReaderConfig, setWords } from '../../shared/page-config.ts'
import { showLocalTimes } from '../../shared/times.ts'
import { fillCard, fillText } from '../filling/fill-card.ts'
import type { PageNames } from '../page-names.ts'

/** More are not kept in the list. */
export const cardsMax = 200
/** So many alerts' versions are remembered, those that were told of last. */
const versionsMax = 1_000

/** The list of alerts in the page. It fills the server's template, in the shape of `src/http/pages/alert-card.ts`. */
export class AlertList {
  readonly #config: ReaderConfig
  readonly #names: Pick<PageNames, 'topics'>
  readonly #list = byId('alerts', HTMLOListElement)
  readonly #title = byId('latest', HTMLElement)
  readonly #none = byId('none', HTMLElement)
  readonly #template = document.createElement('template')
  /**
   * The highest known version of each alert, also of those that are not in the list. What is lower was genuine once: whoever
   * answers in the service's place could show with it as true what was corrected or retracted since.
   */
  readonly #versions = new Map<string, number>()

  constructor(config: ReaderConfig, names: Pick<PageNames, 'topics'>) {
    this.#config = config
    this.#names = names
    this.#template.content.append(nodesOf(config.parts.card))
    for (const { dataset } of this.#list.querySelectorAll<HTMLElement>('article'))
      this.know(String(dataset.id), Number(dataset.version))
  }

  /** Remembers that there is this version of an alert, whoever has told of it. */
  know(id: string, version: number): void {
    const known = this.#versions.get(id) ?? 0
    this.#versions.delete(id)
    this.#versions.set(id, Math.max(known, version))
    const [oldest = ''] = this.#versions.keys()
    if (this.#versions.size > versionsMax) this.#versions.delete(oldest)
  }

  /** Whether a higher version of an alert is known. Such a one is never shown. */
  isOutdated({ id, version }: Rendered): boolean {
    return version < (this.#versions.get(id) ?? 0)
  }

  /** Shows an alert: a new one at the top, a changed one in its place. Returns which it was, or that it was known. */
  put(alert: Rendered): 'new' | 'changed' | 'known' {
    const card = this.#card(alert)
    if (this.isOutdated(alert) || Number(card?.dataset.version) >= alert.version) return 'known'
    const item = this.fill(alert)
    item.classList.add('fresh')
    keepingFocus(this.#list, this.#title, () => {
      if (card) card.closest('li')?.replaceWith(item)
      else this.#list.prepend(item)
      while (this.#list.children.length > cardsMax) this.#list.lastElementChild?.remove()
    })
    this.#showEmpty(false)
    return card ? 'changed' : 'new'
  }

  /** Whether it may have lost its last alerts. */
  get isFull(): boolean {
    return this.#list.children.length >= cardsMax
  }

  /** The card that shows an alert as it is already. What stands in it is what it was filled with, whatever the alert says now. */
  shown(alert: Rendered): HTMLElement | null {
    const card = this.#card(alert)
    const isSame = Number(card?.dataset.version) === alert.version
    return isSame && card?.querySelector<HTMLElement>('.headline')?.lang === alert.language ? card : null
  }

  /** Shows these alerts, newest first, in the place of all. Of one that is outdated the newest card stays, where there is one. */
  replace(alerts: readonly Rendered[]): void {
    const items = alerts.flatMap((alert) => this.#itemFor(alert) ?? [])
    keepingFocus(this.#list, this.#title, () => setChildren(this.#list, ...items))
    this.#showEmpty(items.length === 0)
  }

  #itemFor(alert: Rendered): HTMLElement | null {
    if (!this.isOutdated(alert)) return this.shown(alert)?.parentElement ?? this.fill(alert)
    const card = this.#card(alert)
    return card !== null && Number(card.dataset.version) === this.#versions.get(alert.id) ? card.parentElement : null
  }

  #card({ id }: Rendered): HTMLElement | null {
    return this.#list.querySelector<HTMLElement>(`article[data-id="${CSS.escape(id)}"]`)
  }

  /** The text is in the page only while it is true. */
  #showEmpty(isEmpty: boolean): void {
    this.#none.hidden = !isEmpty
    if (isEmpty) setWords(this.#none, this.#config, 'none')
    else this.#none.textContent = ''
  }

  /** A new item of the list. */
  fill(alert: Rendered): HTMLElement {
    const copy = document.importNode(this.#template.content, true)
    const item = within(copy, 'li', HTMLLIElement)
    const card = within(item, 'article', HTMLElement)
    this.know(alert.id, alert.version)
    fillCard(card, alert, this.#config, this.#names.topics)
    fillTexts(card, alert)
    showLocalTimes(card, this.#config)
    return item
  }
}

function fillTexts(card: HTMLElement, { id, status, language, dir, headline, summary }: Rendered): void {
  const heading = within(card, '.headline', HTMLElement)
  const link = within(heading, 'a', HTMLAnchorElement)
  heading.lang = language
  heading.dir = dir
  link.href = `/${encodeURIComponent(language)}/alerts/${encodeURIComponent(id)}`
  link.dataset.address = link.href
  fillText(link, headline, status === 'retracted')
  const body = within(card, '.summary', HTMLElement)
  if (summary === '') body.remove()
  else {
    body.lang = language
    body.dir = dir
    body.textContent = summary
  }
}
