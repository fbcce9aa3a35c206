import type { Level } from '../../../domain/alert-types.ts'
import { numberText } from '../../../domain/writing/number-text.ts'
import { byId, make, setChildren } from '../../shared/dom.ts'
import { type ReaderConfig, setWords } from '../../shared/page-config.ts'
import type { Preferences } from '../../shared/preferences.ts'
import type { Choice } from '../choice.ts'
import { type PageNames, topicName } from '../page-names.ts'
import { lastDays } from './how-often.ts'
import { withFirst } from './own-order.ts'

type Deps = {
  readonly config: ReaderConfig
  readonly names: PageNames
  /** What the page's list shows now. */
  readonly choice: () => Choice
  /** The reader has changed what is to come, or the order of the languages. */
  readonly onChange: (preferences: Preferences) => void
  /** The reader has turned discreet mode on or off. */
  readonly onDiscreet: (isDiscreet: boolean) => void
}

/** The form of the push panel: what comes, in which languages, how much, and how often that was. */
export class PushForm {
  readonly #deps: Deps
  readonly #form = byId('push-form', HTMLFormElement)
  readonly #languages = byId('push-languages', HTMLOListElement)
  #shown: Preferences = { languages: [], topics: [], level: 'urgent', discreet: false }

  constructor(deps: Deps) {
    this.#deps = deps
    this.#form.addEventListener('submit', (event) => event.preventDefault())
    this.#form.addEventListener('change', ({ target }) => {
      if (target instanceof HTMLInputElement && target.name === 'discreet') deps.onDiscreet(target.checked)
      else deps.onChange({ ...this.#shown, level: this.values().level })
    })
    // How often is counted anew as alerts come.
    new MutationObserver(() => this.#showOften()).observe(byId('alerts', HTMLElement), { childList: true })
  }

  values(): Pick<Preferences, 'level' | 'discreet'> {
    const form = new FormData(this.#form)
    return { level: levelOf(form.get('level')), discreet: form.get('discreet') !== null }
  }

  show(preferences: Preferences): void {
    this.#shown = preferences
    const { elements } = this.#form
    const [level, box] = [elements.namedItem('level'), elements.namedItem('discreet')]
    if (level instanceof HTMLSelectElement) level.value = preferences.level
    if (box instanceof HTMLInputElement) box.checked = preferences.discreet
    this.#showLanguages(preferences.languages)
    this.#showTopics(preferences.topics)
    this.#showOften()
  }

  /** In the reader's own order; each but the first can be put first. */
  #showLanguages(tags: readonly string[]): void {
    const { names, config } = this.#deps
    byId('push-order', HTMLElement).hidden = tags.length < 2
    const items = tags.map((tag, at) => {
      const name = names.names[tag] ?? tag
      const item = make('li', {}, make('bdi', { lang: tag, dir: names.dirs[tag] ?? 'auto' }, name))
      if (at === 0) return item
      const words = make('span', { class: 'visually-hidden' })
      setWords(words, config, 'putFirst', { names: name })
      const button = make('button', { type: 'button' }, make('span', { 'aria-hidden': 'true' }, '↑'), words)
      button.addEventListener('click', () => this.#putFirst(tag))
      item.append(' ', button)
      return item
    })
    setChildren(this.#languages, ...items)
  }

  #putFirst(tag: string): void {
    const preferences = { ...this.#shown, languages: withFirst(this.#shown.languages, tag) }
    this.show(preferences)
    // The button that was pressed is gone: the next one that can be.
    this.#languages.querySelector('button')?.focus()
    this.#deps.onChange(preferences)
  }

  #showTopics(topics: readonly string[]): void {
    const { names, config } = this.#deps
    const place = byId('push-topics', HTMLElement)
    setWords(place, config, topics.length === 0 ? 'allTopics' : 'topics')
    if (topics.length === 0) return
    for (const id of topics) place.append(id === topics[0] ? ': ' : ' · ', topicName(names.topics, id))
  }

  /** On the button itself: what is turned on, and how often that was in the last days, if the page's list tells. */
  #showOften(): void {
    const { config, choice } = this.#deps
    const { level } = this.values()
    const cards = [...document.querySelectorAll<HTMLElement>('#alerts article')].map((card) => ({
      level: card.dataset.level ?? '',
      at: Date.parse(card.querySelector('time')?.dateTime ?? ''),
    }))
    const isCut = document.querySelector('#older a') !== null
    const known = lastDays(cards, { level, listLevel: choice().level, isCut, now: Date.now() })
    const place = byId('push-often', HTMLElement)
    const often = make('span')
    if (known !== null)
      setWords(often, config, 'lastDays', {
        count: `${numberText(config.formats, known.count)}${known.isAll ? '' : '+'}`,
      })
    const option = this.#form.querySelector<HTMLOptionElement>('option:checked')
    const what = make('span', option?.lang ? { lang: option.lang, dir: option.dir } : {}, option?.text ?? '')
    setChildren(place, what, ...(known === null ? [] : [' · ', often]))
  }
}

function levelOf(value: unknown): Level {
  return value === 'flash' || value === 'routine' ? value : 'urgent'
}
