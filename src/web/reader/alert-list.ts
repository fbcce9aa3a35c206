import type { Rendered } from '../../domain/alert-types.ts'
import { byId, make, nodesOf, setChildren, within } from '../shared/dom.ts'
import { keepingFocus } from '../shared/focus.ts'
import { type ReaderConfig, setWords } from '../shared/page-config.ts'
import { showLocalTimes } from '../shared/times.ts'
import type { PageNames } from './page-names.ts'

const cardsMax = 200

/** The list of alerts in the page. It fills the server's template, in the shape of `src/http/pages/alert-card.ts`. */
export class AlertList {
  private readonly config: ReaderConfig
  private readonly names: Pick<PageNames, 'topics'>
  private readonly list = byId('alerts', HTMLOListElement)
  private readonly title = byId('latest', HTMLElement)
  private readonly none = byId('none', HTMLElement)
  private readonly template = document.createElement('template')

  constructor(config: ReaderConfig, names: Pick<PageNames, 'topics'>) {
    this.config = config
    this.names = names
    this.template.content.append(nodesOf(config.parts.card))
  }

  /** Shows an alert: a new one at the top, a changed one in its place. Returns which it was, or that it was known. */
  put(alert: Rendered): 'new' | 'changed' | 'known' {
    const card = this.list.querySelector<HTMLElement>(`article[data-id="${CSS.escape(alert.id)}"]`)
    if (card && Number(card.dataset.version) >= alert.version) return 'known'
    const item = this.fill(alert)
    item.classList.add('fresh')
    keepingFocus(this.list, this.title, () => {
      if (card) card.closest('li')?.replaceWith(item)
      else this.list.prepend(item)
      while (this.list.children.length > cardsMax) this.list.lastElementChild?.remove()
    })
    this.showEmpty(false)
    return card ? 'changed' : 'new'
  }

  /** Shows these alerts, newest first, in the place of all. */
  replace(alerts: readonly Rendered[]): void {
    keepingFocus(this.list, this.title, () => setChildren(this.list, ...alerts.map((alert) => this.fill(alert))))
    this.showEmpty(alerts.length === 0)
  }

  /** The text is in the page only while it is true. */
  private showEmpty(isEmpty: boolean): void {
    this.none.hidden = !isEmpty
    if (isEmpty) setWords(this.none, this.config, 'none')
    else this.none.textContent = ''
  }

  private fill(alert: Rendered): HTMLElement {
    const copy = document.importNode(this.template.content, true)
    const item = within(copy, 'li', HTMLLIElement)
    const card = within(item, 'article', HTMLElement)
    Object.assign(card.dataset, {
      id: alert.id,
      version: String(alert.version),
      level: alert.level,
      status: alert.status,
    })
    setWords(within(card, '.level', HTMLElement), this.config, alert.level)
    const mark = within(card, '.mark', HTMLElement)
    if (alert.status === 'live') mark.remove()
    else setWords(mark, this.config, alert.status)
    within(card, 'time', HTMLTimeElement).dateTime = alert.changedAt
    fillTexts(card, alert)
    this.fillFoot(within(card, '.foot', HTMLElement), alert)
    showLocalTimes(card, this.config)
    return item
  }

  private fillFoot(foot: HTMLElement, { url, status, topics }: Rendered): void {
    const story = within(foot, '.story', HTMLAnchorElement)
    if (url === undefined || status === 'retracted' || !url.startsWith('https://')) story.remove()
    else {
      story.href = url
      within(story, '.host', HTMLElement).textContent = new URL(url).hostname
    }
    for (const topic of topics) foot.append(' ', make('bdi', { class: 'topic' }, this.names.topics[topic] ?? topic))
    if (foot.childElementCount === 0) foot.remove()
  }
}

function fillTexts(card: HTMLElement, { id, status, language, dir, headline, summary, note }: Rendered): void {
  const inLanguage = (element: HTMLElement, text: string) => {
    element.lang = language
    element.dir = dir
    element.textContent = text
  }
  const heading = within(card, '.headline', HTMLElement)
  const link = within(heading, 'a', HTMLAnchorElement)
  heading.lang = language
  heading.dir = dir
  link.href = `/${encodeURIComponent(language)}/alerts/${encodeURIComponent(id)}`
  link.dataset.address = link.href
  setChildren(link, status === 'retracted' ? make('s', {}, headline) : headline)
  const body = within(card, '.summary', HTMLElement)
  if (summary === '') body.remove()
  else inLanguage(body, summary)
  const said = within(card, '.note', HTMLElement)
  if (note === undefined) said.remove()
  else inLanguage(within(said, ':scope > span', HTMLElement), note)
  // The note of an update says what is new.
  if (status === 'updated') within(said, 'strong', HTMLElement).remove()
}
