import { byId, make, setChildren } from '../../shared/dom.ts'
import { type ReaderConfig, setWords } from '../../shared/page-config.ts'
import { type Choice, queryOf } from '../choice.ts'

/** So many the service puts into a list at once: fewer are all that there are. */
const partMax = 50

/**
 * Says which part of the alerts the list shows, now that the script has filled it by the reader's choice: above it, in the
 * addresses of the feeds, and in the link to the older ones below it. `filled`: how many alerts it was filled with.
 */
export function showPart(config: ReaderConfig, choice: Choice, filled: number): void {
  noteFilter(config)
  linkOlder(config, choice, filled)
  for (const link of document.querySelectorAll('[href^="/feeds/"]'))
    link.setAttribute('href', `${link.getAttribute('href')?.replace(/\?.*/, '')}${feedQueryOf(choice)}`)
}

function noteFilter(config: ReaderConfig): void {
  const note = byId('filtered', HTMLElement)
  const names = narrowedTo()
  note.hidden = names.length === 0
  setChildren(note)
  if (note.hidden) return
  const [words, all] = [make('span'), make('a', { href: location.pathname })]
  setWords(words, config, 'filtered')
  setWords(all, config, 'allAlerts')
  // The address alone would bring back what this browser remembers.
  all.onclick = (event) => {
    event.preventDefault()
    chooseAll()
    byId('latest', HTMLElement).focus()
  }
  note.append(words)
  for (const name of names) {
    name.className = 'topic'
    note.append(' ', name)
  }
  note.append(' ', all)
}

/** The labels of what the form narrows the list to; none: it takes nothing away. */
function narrowedTo(): readonly Element[] {
  const topics = document.querySelectorAll('#choice-form [name="topics"]:checked + bdi')
  const level = document.querySelector<HTMLOptionElement>('#choice-form option:checked:not([value="routine"])')
  const labels = [...topics].map((name) => document.importNode(name, true))
  if (level === null) return labels
  const { lang, dir, text } = level
  return [...labels, make('bdi', lang ? { lang, dir } : {}, text)]
}

/** As if the reader had taken away every topic, asked for every level and sent the form. */
function chooseAll(): void {
  const form = byId('choice-form', HTMLFormElement)
  for (const box of form.querySelectorAll<HTMLInputElement>('[name="topics"]')) box.checked = false
  const level = form.elements.namedItem('level')
  if (level instanceof HTMLSelectElement) level.value = 'routine'
  form.dispatchEvent(new Event('submit', { cancelable: true }))
}

function linkOlder(config: ReaderConfig, choice: Choice, filled: number): void {
  const place = byId('older', HTMLElement)
  const cards = document.querySelectorAll<HTMLElement>('#alerts article')
  const known = place.querySelector('a')
  const link = known ?? make('a', { class: 'button', rel: 'next' })
  link.href = `?${queryOf(choice)}&before=${cards[cards.length - 1]?.dataset.id ?? ''}`
  if (filled < partMax) link.remove()
  else if (known === null) {
    setWords(link, config, 'older')
    place.append(link)
  }
}

/** What a choice narrows feeds to, from `?` on; '' for all. Each feed has one language. */
function feedQueryOf({ topics, level }: Choice): string {
  const query = new URLSearchParams(topics.length > 0 ? { topics: topics.join(',') } : {})
  if (level !== 'routine') query.set('level', level)
  return `${query}` && `?${query}`
}
