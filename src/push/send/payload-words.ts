import { english, type Locale, localeOf } from '../../locales/locales.ts'

/** What a notification says besides the newsroom's own text; `src/locales/README.md` says where each is shown. */
export type PushWords = Omit<Required<NonNullable<Locale['notifications']>>, 'retractionNotice'>

/** The words in a language; in English where its file has no other. */
export function pushWords(language: string): PushWords {
  return { ...english.notifications, ...localeOf(language).notifications }
}
