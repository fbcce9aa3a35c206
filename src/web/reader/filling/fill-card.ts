import type { Rendered } from '../../../domain/alert-types.ts'
import { make, setChildren, within } from '../../shared/dom.ts'
import { type ReaderConfig, setWords } from '../../shared/page-config.ts'
import { type TopicNames, topicName } from '../page-names.ts'

type Words = Pick<ReaderConfig, 'words'>

/**
 * Fills what is the same of an alert in a list and on its own page: all but headline and summary. `card`: a copy of the server's
 * template. `topics`: their labels.
 */
export function fillCard(card: HTMLElement, alert: Rendered, config: Words, topics: TopicNames): void {
  const { id, version, level, status, changedAt } = alert
  Object.assign(card.dataset, { id, version: String(version), level, status })
  setWords(within(card, '.level', HTMLElement), config, level)
  const mark = within(card, '.mark', HTMLElement)
  if (status === 'live') mark.remove()
  else setWords(mark, config, status)
  within(card, 'time', HTMLTimeElement).dateTime = changedAt
  fillNote(card, alert)
  fillFoot(within(card, '.foot', HTMLElement), alert, topics)
}

/** Fills the note of a card, or takes its place away. */
export function fillNote(card: HTMLElement, { note, status, language, dir }: Rendered): void {
  const said = within(card, '.note', HTMLElement)
  if (note === undefined) said.remove()
  else {
    const text = within(said, ':scope > span', HTMLElement)
    text.lang = language
    text.dir = dir
    text.textContent = note
  }
  // The note of an update says what is new.
  if (status === 'updated') within(said, 'strong', HTMLElement).remove()
}

/** Puts a text into an element, struck out where it was retracted. */
export function fillText(element: HTMLElement, text: string, isRetracted: boolean): void {
  setChildren(element, isRetracted ? make('s', {}, text) : text)
}

function fillFoot(foot: HTMLElement, { url, status, topics }: Rendered, labels: TopicNames): void {
  const story = within(foot, '.story', HTMLAnchorElement)
  if (url === undefined || status === 'retracted' || !url.startsWith('https://')) story.remove()
  else {
    story.href = url
    within(story, '.host', HTMLElement).textContent = new URL(url).hostname
  }
  for (const topic of topics) {
    const name = topicName(labels, topic)
    name.className = 'topic'
    foot.append(' ', name)
  }
  if (foot.childElementCount === 0) foot.remove()
}
