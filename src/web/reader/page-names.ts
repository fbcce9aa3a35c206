import { make } from '../shared/dom.ts'

/** The labels of topics, by their ids: elements, because English for want of another label says so. */
export type TopicNames = Readonly<Record<string, Element>>

/** The names of languages and topics, as the page itself has them: in its menu and its form. */
export type PageNames = {
  readonly names: Readonly<Record<string, string>>
  readonly dirs: Readonly<Record<string, string>>
  readonly topics: TopicNames
}

/** Reads them from the page. `own`: the name of the page's language, which a menu of one would not show. */
export function readPageNames(language: string, own: string): PageNames {
  const names: Record<string, string> = { [language]: own }
  const dirs: Record<string, string> = { [language]: document.documentElement.dir }
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.languages a[hreflang]')) {
    names[link.hreflang] = link.textContent ?? ''
    dirs[link.hreflang] = link.querySelector('bdi')?.dir ?? 'auto'
  }
  const topics: Record<string, Element> = {}
  for (const box of document.querySelectorAll<HTMLInputElement>('#choice-form [name="topics"]')) {
    const name = box.nextElementSibling
    if (name) topics[box.value] = name
  }
  return { names, dirs, topics }
}

/** A topic's label for another place of the page; its id where the newsroom has it no more. */
export function topicName(topics: TopicNames, id: string): Element {
  const known = topics[id]
  return known ? document.importNode(known, true) : make('bdi', {}, id)
}
