import { english, type Locale, localeOf } from '../../locales/locales.ts'

/** The texts of a notification besides the newsroom's own; `src/locales/README.md` says where each is shown. */
type PushWords = Required<NonNullable<Locale['notifications']>>

/** The texts in a language; in English where its file lacks one. */
export function pushWords(language: string): PushWords {
  return { ...english.notifications, ...localeOf(language).notifications }
}
