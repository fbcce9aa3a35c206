import { html } from 'hono/html'
import type { Language } from '../../domain/newsroom.ts'
import { dirOf } from '../../domain/text.ts'
import { type Formats, formatsOf } from '../../domain/writing/formats.ts'
import { english, localeOf, type PageWordKey } from '../../locales/locales.ts'

/** What `hono/html` makes: markup whose values were escaped. */
export type Html = ReturnType<typeof html>

/** The interface's words in one language, with English for those that are missing. */
export type PageWords = {
  readonly language: string
  readonly dir: 'ltr' | 'rtl'
  /** How its numbers, times and lists are written. */
  readonly formats: Formats
  /** Whether the language's own file has the word. */
  readonly has: (key: PageWordKey) => boolean
  /** The words as plain text, for titles and attributes, which cannot have a `lang` of their own. */
  readonly text: (key: PageWordKey, values?: Readonly<Record<string, string>>) => string
  /** The words as markup. English in another language's page gets its own `lang` and `dir`. */
  readonly translate: (key: PageWordKey, values?: Readonly<Record<string, string>>) => Html
}

/** The words for the pages of a language of the newsroom, with its direction, calendar and numerals. */
export function wordsOf(language: Language): PageWords {
  return wordsIn(language.tag, language.dir, formatsOf(language))
}

/** The words for a language's pages. `dir`: the direction that the newsroom file gives. */
export function wordsIn(
  language: string,
  dir: 'ltr' | 'rtl' = dirOf(language),
  formats = formatsOf({ tag: language }),
): PageWords {
  const words = localeOf(language).pages ?? {}
  const has = (key: PageWordKey) => words[key] !== undefined
  const text: PageWords['text'] = (key, values = {}) =>
    (words[key] ?? english.pages[key]).replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder)
  return {
    language,
    dir,
    formats,
    has,
    text,
    translate: (key, values) =>
      has(key) ? html`${text(key, values)}` : html`<span lang="en" dir="ltr">${text(key, values)}</span>`,
  }
}
