import { englishFormats } from '../../../domain/writing/english-formats.ts'
import type { Formats } from '../../../domain/writing/formats.ts'
import { plainListText } from '../../../domain/writing/list-text.ts'
import { withForms } from '../../../domain/writing/plural-text.ts'
import type { DeskWordKey } from '../../../locales/locales.ts'

/** The desk's words in its language, as the server wrote them into the page. */
export type DeskWords = {
  readonly language: string
  readonly dir: 'ltr' | 'rtl'
  readonly text: Readonly<Record<string, string>>
  /** How its numbers, times and lists are written; as English where nothing is given. */
  readonly formats?: Formats
  /** What it calls the cities that time zones are named for, by zone. */
  readonly cities?: Readonly<Record<string, string>> | undefined
}

/** A number with how it is written: words beside it are in the plural form for it. */
export type Counted = { readonly count: number; readonly written: string }

let words: DeskWords = { language: 'en', dir: 'ltr', text: {} }

/** Sets the words of the page, once, before anything is shown. */
export function setDeskWords(ofPage: DeskWords): void {
  words = ofPage
}

/** A word or sentence of the desk, with its placeholders filled. */
export function t(key: DeskWordKey, values: Readonly<Record<string, string | number | Counted>> = {}): string {
  const text = withForms(words.text[key] ?? key, deskFormats(), (name) => {
    const value = values[name]
    return typeof value === 'object' ? value.count : undefined
  })
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name]
    return value === undefined ? hole : isolated(typeof value === 'object' ? value.written : String(value))
  })
}

/** Whether the desk has words for something that only the service knows. */
export function hasWord(key: string): boolean {
  return words.text[key] !== undefined
}

/** A sentence of the desk with elements in the places of placeholders: what is around them, and they, in order. */
export function tParts<Part>(key: DeskWordKey, values: Readonly<Record<string, Part>>): readonly (string | Part)[] {
  return (words.text[key] ?? key)
    .split(/(\{\w+\})/)
    .filter((part) => part !== '')
    .map((part) => values[part.slice(1, -1)] ?? part)
}

/** Letters that are written from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|\ud83a[\udc00-\udfff]/

/** A name in a script of the other direction does not turn round the words beside it (UAX #9, FSI and PDI). */
export function isolated(value: string): string {
  return words.dir === 'rtl' || rightToLeft.test(value) ? `\u2068${value}\u2069` : value
}

/** The language of the desk's words. */
export function deskLanguage(): string {
  return words.language
}

/** The place that a zone is named for: `Asia/Tehran` is Tehran. */
export function cityOf(zone: string): string {
  return words.cities?.[zone] ?? (zone.split('/').pop() ?? zone).replace(/_/g, ' ')
}

/** How numbers, times and lists are written. */
export function deskFormats(): Formats {
  return words.formats ?? englishFormats
}

/** Names one after the other, as the desk's language writes a list. */
export function listed(names: readonly string[]): string {
  return plainListText(deskFormats(), names)
}

type Named = {
  readonly languages: readonly { readonly tag: string; readonly name: string }[]
  readonly topics: readonly { readonly id: string; readonly label: string }[]
}
let newsroom: Named = { languages: [], topics: [] }

/** Sets what the newsroom calls its languages and topics, once, before anything is shown. */
export function setNewsroomNames({ languages, topics }: Named): void {
  newsroom = { languages, topics }
}

/** What the newsroom calls a language, by its tag; the tag where it has no name for it. */
export function languageName(tag: string): string {
  return newsroom.languages.find((it) => it.tag === tag)?.name ?? tag
}

/** Names of languages one after the other, by their tags: each in its own script, which turns nothing round. */
export function languagesListed(tags: readonly string[]): string {
  return listed(tags.map((tag) => isolated(languageName(tag))))
}

/** The labels of templates' blanks in the desk's language, by those that the service says. */
const blankLabels = new Map<string, string>()

/** A blank's label has words in the desk's language. */
export function knowBlank(label: string, own: string): void {
  blankLabels.set(label, own)
}

/** What is named by its tag, id or label, as the newsroom calls it: a language, a topic, a blank, or what none is as it stands. */
export function nameOfPart(part: string): string {
  return newsroom.topics.find(({ id }) => id === part)?.label ?? blankLabels.get(part) ?? languageName(part)
}
