import type { Formats } from '../../domain/writing/formats.ts'
import { nodesOf, setChildren } from './dom.ts'

/** What the server wrote into the reader page for its script. */
export type ReaderConfig = {
  readonly language: string
  /** How numbers, times and lists are written in it. */
  readonly formats: Formats
  /** The cursor to continue the stream from. */
  readonly cursor: string
  readonly vapidPublicKey: string
  readonly languageName: string
  /** What a discreet notification is titled in this language. */
  readonly discreetTitle: string
  /** Markup of what is in the page only with a script: the push panel's form, and an empty card. */
  readonly parts: { readonly push: string; readonly card: string }
  readonly words: { readonly text: Readonly<Record<string, string>>; readonly english: readonly string[] }
}

/** The same of an alert's own page: `topics` are the markup of their labels by id; `article` is the markup of a newer version of it. */
export type AlertPageConfig = Pick<ReaderConfig, 'language' | 'formats' | 'words'> & {
  readonly topics: Readonly<Record<string, string>>
  readonly parts: { readonly article: string }
}

/** Puts a part of the page, which our own server wrote for the script, into its place. */
export function insertPart(id: string, markup: string): void {
  const place = document.getElementById(id)
  if (place !== null) setChildren(place, nodesOf(markup))
}

/** Reads the page's `<script id="tocsin">`, which is data: our own server wrote it, so it is not validated. */
export function pageConfig<Config>(page: Document = document): Config {
  return JSON.parse(page.getElementById('tocsin')?.textContent ?? '{}')
}

/** Puts the interface's words into an element, marked as English where the page's language lacks them. */
export function setWords(
  element: Element,
  { words }: Pick<ReaderConfig, 'words'>,
  key: string,
  values: Readonly<Record<string, string>> = {},
): void {
  element.textContent = (words.text[key] ?? '').replace(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole)
  if (words.english.includes(key)) {
    element.setAttribute('lang', 'en')
    element.setAttribute('dir', 'ltr')
  } else {
    element.removeAttribute('lang')
    element.removeAttribute('dir')
  }
}
