import ar from './ar.json' with { type: 'json' }
import az from './az.json' with { type: 'json' }
import ba from './ba.json' with { type: 'json' }
import be from './be.json' with { type: 'json' }
import bg from './bg.json' with { type: 'json' }
import bs from './bs.json' with { type: 'json' }
import ce from './ce.json' with { type: 'json' }
import faCities from './cities/fa.json' with { type: 'json' }
import crh from './crh.json' with { type: 'json' }
import en from './en.json' with { type: 'json' }
import fa from './fa.json' with { type: 'json' }
import hu from './hu.json' with { type: 'json' }
import hy from './hy.json' with { type: 'json' }
import ka from './ka.json' with { type: 'json' }
import kk from './kk.json' with { type: 'json' }
import ky from './ky.json' with { type: 'json' }
import mk from './mk.json' with { type: 'json' }
import prs from './prs.json' with { type: 'json' }
import ps from './ps.json' with { type: 'json' }
import ro from './ro.json' with { type: 'json' }
import ru from './ru.json' with { type: 'json' }
import sq from './sq.json' with { type: 'json' }
import sr from './sr.json' with { type: 'json' }
import srLatn from './sr-Latn.json' with { type: 'json' }
import { lookUpTag } from './tag-lookup.ts'
import tg from './tg.json' with { type: 'json' }
import tk from './tk.json' with { type: 'json' }
import tt from './tt.json' with { type: 'json' }
import uk from './uk.json' with { type: 'json' }
import ur from './ur.json' with { type: 'json' }
import uz from './uz.json' with { type: 'json' }

/** A word of the reader pages, by its key in `en.json`. */
export type PageWordKey = keyof typeof en.pages

/** A word of the desk, by its key in `en.json`. */
export type DeskWordKey = keyof typeof en.desk

/** A text of the page on privacy, by its key in `en.json`. */
export type PrivacyWordKey = keyof typeof en.privacy

/** What one language’s file holds. What it lacks is shown in English. `README.md` beside it says what each part is for. */
export type Locale = {
  /** The language’s name in English, for who works on the file; readers never see it. */
  readonly language: string
  /** Whether a native speaker has read all its words. */
  readonly reviewed: boolean
  readonly pages?: Readonly<Partial<Record<PageWordKey, string>>>
  readonly notifications?: Readonly<Partial<typeof en.notifications>>
  /** Complete where it is there: a language without it shows the whole text in English. */
  readonly privacy?: Readonly<Record<PrivacyWordKey, string>>
  readonly desk?: Readonly<Partial<Record<DeskWordKey, string>>>
}

/** The English words: complete, and shown wherever another language has none. */
export const english: Required<Locale> & typeof en = en

const locales: Readonly<Record<string, Locale>> = {
  ar,
  az,
  ba,
  be,
  bg,
  bs,
  ce,
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
  'sr-Latn': srLatn,
  tg,
  tk,
  tt,
  uk,
  ur,
  uz,
}

const localeTags: readonly string[] = Object.keys(locales)

/** The words in a language (BCP 47 tag, as the newsroom writes it): those of the file that stands for it, or none. */
export function localeOf(language: string): Locale {
  const tag = localeTagOf(language)
  return (tag === undefined ? undefined : locales[tag]) ?? { language, reviewed: false }
}

/** The tag of the file with the words for a language: `prs` for `fa-AF`, `en` for `en-GB`; undefined: there is none. */
export function localeTagOf(language: string): string | undefined {
  return lookUpTag(language, localeTags)
}

/** What a language of the desk calls the cities that time zones are named for, where it is not written in Latin letters. */
export function citiesOf(language: string): Readonly<Record<string, string>> | undefined {
  return language === 'fa' ? faCities : undefined
}

/** The languages that the desk can be used in: those whose file has words for it. */
export const deskLanguages: readonly string[] = localeTags.filter((tag) => locales[tag]?.desk !== undefined)
