import { html } from 'hono/html'
import { dirOf } from '../../domain/text.ts'
import { ar } from '../../locales/ar.ts'
import { az } from '../../locales/az.ts'
import { ba } from '../../locales/ba.ts'
import { be } from '../../locales/be.ts'
import { bg } from '../../locales/bg.ts'
import { bs } from '../../locales/bs.ts'
import { crh } from '../../locales/crh.ts'
import { en, type WordKey, type Words } from '../../locales/en.ts'
import { fa } from '../../locales/fa.ts'
import { hu } from '../../locales/hu.ts'
import { hy } from '../../locales/hy.ts'
import { ka } from '../../locales/ka.ts'
import { kk } from '../../locales/kk.ts'
import { ky } from '../../locales/ky.ts'
import { mk } from '../../locales/mk.ts'
import { prs } from '../../locales/prs.ts'
import { ps } from '../../locales/ps.ts'
import { ro } from '../../locales/ro.ts'
import { ru } from '../../locales/ru.ts'
import { sq } from '../../locales/sq.ts'
import { sr } from '../../locales/sr.ts'
import { srLatn } from '../../locales/sr-latn.ts'
import { tg } from '../../locales/tg.ts'
import { tk } from '../../locales/tk.ts'
import { tt } from '../../locales/tt.ts'
import { uk } from '../../locales/uk.ts'
import { ur } from '../../locales/ur.ts'
import { uz } from '../../locales/uz.ts'

export type { WordKey, Words } from '../../locales/en.ts'

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
export type PageWords = {
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
export function wordsIn(language: string, dir: 'ltr' | 'rtl' = dirOf(language)): PageWords {
  const words = Object.hasOwn(translations, language) ? (translations[language] ?? {}) : {}
  const has = (key: WordKey) => words[key] !== undefined
  const text: PageWords['text'] = (key, values = {}) =>
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
