import { html } from 'hono/html'
import { type Newsroom, topicLabel } from '../../domain/newsroom.ts'
import type { Html } from './page-words.ts'

/** The topics' labels in a language, by id, as plain text. */
export function topicLabels(newsroom: Newsroom, language: string): Readonly<Record<string, string>> {
  return Object.fromEntries(newsroom.topics.map((topic) => [topic.id, topicLabel(topic, language).text]))
}

/** A topic's label in a page's language, by its id; English for want of another has its own `lang` and `dir`. */
export function topicElement(newsroom: Newsroom, language: string, id: string, className = ''): Html {
  const topic = newsroom.topics.find((it) => it.id === id) ?? { id, labels: {} }
  const { text, isEnglish } = topicLabel(topic, language)
  return html`<bdi${className && html` class="${className}"`}${isEnglish ? html` lang="en" dir="ltr"` : ''}>${text}</bdi>`
}
