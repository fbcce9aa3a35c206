import type { DeskWordKey } from '../../../locales/locales.ts'

/** The desk's words in its language, as the server wrote them into the page. */
export type DeskWords = {
  readonly language: string
  readonly dir: 'ltr' | 'rtl'
  readonly text: Readonly<Record<string, string>>
}

let words: DeskWords = { language: 'en', dir: 'ltr', text: {} }

/** Sets the words of the page, once, before anything is shown. */
export function setDeskWords(ofPage: DeskWords): void {
  words = ofPage
}

/** A word or sentence of the desk, with its placeholders filled. */
export function t(key: DeskWordKey, values: Readonly<Record<string, string | number>> = {}): string {
  return (words.text[key] ?? key).replace(/\{(\w+)\}/g, (hole, name: string) =>
    values[name] === undefined ? hole : isolated(String(values[name])),
  )
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

/** A name in another script does not turn round the right-to-left words beside it (UAX #9, FSI and PDI). */
function isolated(value: string): string {
  return words.dir === 'rtl' ? `\u2068${value}\u2069` : value
}

/** The language in which numbers and times are written. */
export function deskLanguage(): string {
  return words.language
}

/** Names one after the other, as the desk's language writes a list. */
export function listed(names: readonly string[]): string {
  const format = 'ListFormat' in Intl ? new Intl.ListFormat(words.language, { style: 'short', type: 'unit' }) : null
  return format === null ? names.join(', ') : format.format(names)
}
