import { html } from 'hono/html'
import { dirOf } from '../text.ts'
import { ar } from './words/ar.ts'
import { az } from './words/az.ts'
import { ba } from './words/ba.ts'
import { be } from './words/be.ts'
import { bg } from './words/bg.ts'
import { bs } from './words/bs.ts'
import { crh } from './words/crh.ts'
import { en, type WordKey, type Words } from './words/en.ts'
import { fa } from './words/fa.ts'
import { hu } from './words/hu.ts'
import { hy } from './words/hy.ts'
import { ka } from './words/ka.ts'
import { kk } from './words/kk.ts'
import { ky } from './words/ky.ts'
import { mk } from './words/mk.ts'
import { prs } from './words/prs.ts'
import { ps } from './words/ps.ts'
import { ro } from './words/ro.ts'
import { ru } from './words/ru.ts'
import { sq } from './words/sq.ts'
import { sr } from './words/sr.ts'
import { srLatn } from './words/sr-latn.ts'
import { tg } from './words/tg.ts'
import { tk } from './words/tk.ts'
import { tt } from './words/tt.ts'
import { uk } from './words/uk.ts'
import { ur } from './words/ur.ts'
import { uz } from './words/uz.ts'

export type { WordKey, Words } from './words/en.ts'

/** What `hono/html` makes: markup whose values were escaped. */
export type Html = ReturnType<typeof html>

const translations: Readonly<Record<string, Words>> = {
  ar,
  az,
  ba,
  be,
  bg,
  bs,
  crh,
  en,
  fa,
  hu,
  hy,
  ka,
  kk,
  ky,
  mk,
  prs,
  ps,
  ro,
  ru,
  sq,
  sr,
  tg,
  tk,
  tt,
  uk,
  ur,
  uz,
  'sr-Latn': srLatn,
}

/** The interface's words in one language; what it lacks comes in English. */
export type Wordbook = {
  readonly language: string
  readonly dir: 'ltr' | 'rtl'
  /** Whether the word is there in the language itself. */
  readonly has: (key: WordKey) => boolean
  /** The bare words: for titles and attributes, which cannot say their own language. */
  readonly text: (key: WordKey, values?: Readonly<Record<string, string>>) => string
  /** The words as markup; English in another language's page says so, and its direction. */
  readonly say: (key: WordKey, values?: Readonly<Record<string, string>>) => Html
}

/** The words for a language's pages. `dir` is what the newsroom says of it. */
export function wordsIn(language: string, dir: 'ltr' | 'rtl' = dirOf(language)): Wordbook {
  const words = Object.hasOwn(translations, language) ? (translations[language] ?? {}) : {}
  const has = (key: WordKey) => words[key] !== undefined
  const text: Wordbook['text'] = (key, values = {}) =>
    (words[key] ?? en[key]).replace(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole)
  return {
    language,
    dir,
    has,
    text,
    say: (key, values) =>
      has(key) ? html`${text(key, values)}` : html`<span lang="en" dir="ltr">${text(key, values)}</span>`,
  }
}

/** The languages that have words of their own. */
export function wordLanguages(): readonly string[] {
  return Object.keys(translations)
}
