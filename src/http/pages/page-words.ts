import { html } from 'hono/html'
import { dirOf } from '../../domain/text.ts'
import { english, localeOf, type PageWordKey } from '../../locales/locales.ts'

/** What `hono/html` makes: markup whose values were escaped. */
export type Html = ReturnType<typeof html>

/** The interface's words in one language; what it lacks comes in English. */
export type PageWords = {
  readonly language: string
  readonly dir: 'ltr' | 'rtl'
  /** Whether the word is there in the language itself. */
  readonly has: (key: PageWordKey) => boolean
  /** The bare words: for titles and attributes, which cannot say their own language. */
  readonly text: (key: PageWordKey, values?: Readonly<Record<string, string>>) => string
  /** The words as markup; English in another language's page says so, and its direction. */
  readonly translate: (key: PageWordKey, values?: Readonly<Record<string, string>>) => Html
}

/** The words for a language's pages. `dir` is what the newsroom says of it. */
export function wordsIn(language: string, dir: 'ltr' | 'rtl' = dirOf(language)): PageWords {
  const words = localeOf(language).pages ?? {}
  const has = (key: PageWordKey) => words[key] !== undefined
  const text: PageWords['text'] = (key, values = {}) =>
    (words[key] ?? english.pages[key]).replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder)
  return {
    language,
    dir,
    has,
    text,
    translate: (key, values) =>
      has(key) ? html`${text(key, values)}` : html`<span lang="en" dir="ltr">${text(key, values)}</span>`,
  }
}
