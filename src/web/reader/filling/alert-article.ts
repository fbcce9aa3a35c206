import '../common-parts.ts'
import type { Rendered } from '../../../domain/alert-types.ts'
import { numberText } from '../../../domain/writing/number-text.ts'
import { make, nodesOf, within } from '../../shared/dom.ts'
import { type AlertPageConfig, setWords } from '../../shared/page-config.ts'
import { showLocalTimes } from '../../shared/times.ts'
import type { TopicNames } from '../page-names.ts'
import { fillCard, fillNote, fillText } from './fill-card.ts'

/**
 * Shows an alert as it stands now on its own page, in the server's templates, in the shape of `src/http/pages/alert-page.ts`. `at`: when
 * the log's entry was made, which may say nothing in the page's language.
 */
export function showAlert(
  main: HTMLElement,
  { at, alert }: { readonly at: string; readonly alert: Rendered },
  config: AlertPageConfig,
): void {
  // In the place of a page that was not kept the title stands there, and no history.
  const before = main.querySelector('article.whole') ?? within(main, 'h1', HTMLElement)
  const hasNews = before.querySelector('time')?.dateTime !== alert.changedAt
  const article = articleOf(alert, before.querySelector('.summary')?.textContent ?? '', config)
  const list = main.querySelector('.history ol')
  // Of a retracted alert every text is struck out.
  if (alert.status === 'retracted')
    for (const text of main.querySelectorAll<HTMLElement>('.history .headline, .history .summary'))
      fillText(text, text.textContent ?? '', true)
  // A part of an older history (`?before=`) does not go on with what comes now.
  if (hasNews && location.search === '') list?.prepend(versionOf(alert, at, config))
  // The words of another language stand around it where those of its own are not kept on this device.
  if (alert.language !== config.language)
    for (const text of article.querySelectorAll<HTMLElement>('.headline, .summary'))
      Object.assign(text, { lang: alert.language, dir: alert.dir })
  before.replaceWith(article)
}

/** What the title of an alert's page says of it. `alert`: null where there is none. */
export function titleOf(alert: Rendered | null, { words }: Pick<AlertPageConfig, 'words'>): string {
  const newsroom = document.querySelector('.masthead .name')?.textContent?.trim()
  if (alert === null) return newsroom ?? ''
  const { status, headline } = alert
  const isLed = status === 'corrected' || status === 'retracted'
  return `${isLed ? `${words.text[status]}: ` : ''}${headline} · ${newsroom}`
}

/** The article of an alert's own page. `former`: for the record a retracted alert keeps its summary there, struck out. */
export function articleOf(alert: Rendered, former: string, config: AlertPageConfig): HTMLElement {
  const { status, headline, image } = alert
  const article = within(nodesOf(config.parts.article), 'article', HTMLElement)
  const isRetracted = status === 'retracted'
  fillCard(article, alert, config, topicNames(config))
  if (!isRetracted) within(article, '.retraction', HTMLElement).remove()
  fillTexts(article, headline, isRetracted ? former : alert.summary, isRetracted)
  const picture = within(article, '.picture', HTMLImageElement)
  // Another server would learn the reader's IP address.
  if (image === undefined || isRetracted || new URL(image.url).origin !== location.origin) picture.remove()
  else Object.assign(picture, { src: image.url, alt: image.alt })
  showLocalTimes(article, config, 'full')
  return article
}

/** What was done to the alert, for its history, where the page has its first version. */
function versionOf(alert: Rendered, at: string, config: AlertPageConfig): HTMLElement {
  const { status, changedAt, version, headline, summary } = alert
  const number = make('span', { class: 'version' })
  const meta = make('p', { class: 'meta' }, make('strong'), ' ', make('time'), ' ', number)
  const note = within(nodesOf(config.parts.article), '.note', HTMLElement)
  const item = make('li', {}, meta, '\n', note, '\n', make('p', { class: 'headline' }), make('p', { class: 'summary' }))
  item.dataset.kind = kinds[status]
  setWords(within(item, '.meta strong', HTMLElement), config, status)
  within(item, 'time', HTMLTimeElement).dateTime = changedAt
  // A later version, which says nothing in this language, has told of the change: its number is not known.
  if (at !== changedAt) number.remove()
  else setWords(number, config, 'version', { n: numberText(config.formats, version) })
  fillNote(item, alert)
  fillTexts(item, status === 'retracted' ? '' : headline, summary, false)
  showLocalTimes(item, config, 'full')
  return item
}

function topicNames({ topics }: AlertPageConfig): TopicNames {
  const names: Record<string, Element> = {}
  for (const id of Object.keys(topics)) names[id] = within(nodesOf(topics[id] ?? ''), 'bdi', HTMLElement)
  return names
}

const kinds = { live: 'alert', updated: 'update', corrected: 'correction', retracted: 'retraction' } as const

function fillTexts(card: HTMLElement, headline: string, summary: string, isRetracted: boolean): void {
  for (const [selector, text] of [
    ['.headline', headline],
    ['.summary', summary],
  ] as const) {
    const place = within(card, selector, HTMLElement)
    if (text === '') place.remove()
    else fillText(place, text, isRetracted)
  }
}
